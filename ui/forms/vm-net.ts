// A VM's network card: between the form and the property string `virtio=BC:24:11:00:00:01,bridge=vmbr0`. Pure.
import { wholeNumber, words } from './plain-rules.ts';
import { isOn, type PropertyString, renderProperties, withOptions } from './property-string.ts';
import { networkOf } from './vm-config.ts';

export interface VmNicForm {
  readonly model: string;
  /** Empty: plugged into nothing. */
  readonly bridge: string;
  /** Empty: one of its own is made up. */
  readonly mac: string;
  readonly tag: string;
  readonly trunks: string;
  /** Megabytes a second. */
  readonly rate: string;
  readonly mtu: string;
  readonly queues: string;
  readonly firewall: boolean;
  readonly unplugged: boolean;
}

/** Those that a system of today has a driver for, the fastest first. */
export const usualNetModels = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3'] as const;
export const rareNetModels = [
  ...[
    'e1000-82540em',
    'e1000-82544gc',
    'e1000-82545em',
    'i82551',
    'i82557b',
    'i82559er',
    'ne2k_pci',
    'pcnet',
  ],
] as const;

export function newVmNic(): VmNicForm {
  return {
    ...{ model: 'virtio', bridge: '', mac: '', tag: '', trunks: '', rate: '', mtu: '', queues: '' },
    ...{ firewall: false, unplugged: false },
  };
}

export function readVmNic(net: PropertyString): VmNicForm {
  const option = (name: string) => net.options.get(name) ?? '';
  const { model, mac, bridge } = networkOf(net);
  return {
    ...{ model, mac, bridge },
    tag: option('tag'),
    trunks: option('trunks').replaceAll(';', ', '),
    rate: option('rate') === '0' ? '' : option('rate'),
    mtu: option('mtu'),
    queues: option('queues') === '0' ? '' : option('queues'),
    firewall: isOn(option('firewall')),
    unplugged: isOn(option('link_down')),
  };
}

/** Only VirtIO cards have these: of others they are as if they were not filled in. */
function settled(form: VmNicForm): VmNicForm {
  return form.model === 'virtio' ? form : { ...form, mtu: '', queues: '' };
}

/** The string of a form; what the form does not know of `before` stays as it was. */
export function vmNicString(given: VmNicForm, before: PropertyString): string {
  const form = settled(given);
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim());
  const flag = (on: boolean) => (on ? '1' : undefined);
  const trunks = words(form.trunks);
  const own = [networkOf(before).model, 'model', 'macaddr'].filter((name) => name !== '');
  const rest = withOptions(before, Object.fromEntries(own.map((name) => [name, undefined])));
  const { options } = withOptions(rest, {
    bridge: text(form.bridge),
    tag: text(form.tag),
    trunks: trunks.length > 0 ? trunks.join(';') : undefined,
    rate: text(form.rate.replace(',', '.')),
    mtu: text(form.mtu),
    queues: text(form.queues),
    firewall: flag(form.firewall),
    link_down: flag(form.unplugged),
  });
  const mac = form.mac.trim();
  return renderProperties({ lead: mac === '' ? form.model : `${form.model}=${mac}`, options });
}

export type VmNicProblem = 'vlan' | 'rate' | 'mac' | 'vmMtu' | 'queues' | 'tagBridge';
export type VmNicProblems = Partial<Record<keyof VmNicForm, VmNicProblem>>;

const isVlan = (text: string) => {
  const vlan = wholeNumber(text) ?? 0;
  return vlan >= 1 && vlan <= 4094;
};

/** One VLAN, or those from one to another. */
function isVlanRange(text: string): boolean {
  const [from = '', to, ...more] = text.split('-');
  return (
    more.length === 0 && isVlan(from) && (to === undefined || (isVlan(to) && Number(to) >= Number(from)))
  );
}

/** What would certainly be refused. */
export function checkVmNic(given: VmNicForm): VmNicProblems {
  const form = settled(given);
  const wrong: VmNicProblems = {};
  if (form.mac.trim() !== '' && !/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(form.mac.trim()))
    wrong.mac = 'mac';
  if (form.tag.trim() !== '' && !isVlan(form.tag)) wrong.tag = 'vlan';
  if (!words(form.trunks).every(isVlanRange)) wrong.trunks = 'vlan';
  for (const name of ['tag', 'trunks'] as const)
    if (form[name].trim() !== '' && form.bridge === '') wrong[name] ??= 'tagBridge';
  if (form.rate.trim() !== '' && !/^\d{1,9}([.,]\d+)?$/.test(form.rate.trim())) wrong.rate = 'rate';
  const mtu = wholeNumber(form.mtu) ?? 0;
  // 1 stands for the bridge's own; below 576 IPv4 is not usual (RFC 791).
  if (form.mtu.trim() !== '' && mtu !== 1 && (mtu < 576 || mtu > 65_520)) wrong.mtu = 'vmMtu';
  const queues = wholeNumber(form.queues) ?? 0;
  if (form.queues.trim() !== '' && (queues < 1 || queues > 64)) wrong.queues = 'queues';
  return wrong;
}
