// A container's network card: between the form and the property string `name=eth0,bridge=vmbr0,ip=dhcp`. Pure.
import {
  checkIpSettings,
  type IpProblem,
  type IpSettings,
  ipOptions,
  readIpSettings,
} from './ip-settings.ts';
import { isAtLeast, wholeNumber, words } from './plain-rules.ts';
import { isOn, type PropertyString, renderProperties, withOptions } from './property-string.ts';

export interface NicForm extends IpSettings {
  /** Inside: `eth0`. */
  readonly name: string;
  /** `routed`: no bridge, a fixed address that the host routes. */
  readonly connection: 'bridge' | 'routed';
  readonly bridge: string;
  readonly tag: string;
  readonly trunks: string;
  /** Megabytes a second. */
  readonly rate: string;
  readonly mac: string;
  readonly mtu: string;
  readonly firewall: boolean;
  readonly unplugged: boolean;
  readonly hostManaged: boolean;
}

export function newNic(name: string): NicForm {
  return {
    ...{ name, connection: 'bridge', bridge: '', tag: '', trunks: '', rate: '', mac: '', mtu: '' },
    ...{ firewall: false, unplugged: false, hostManaged: false },
    ...{ ip4: 'dhcp', address4: '', gateway4: '', ip6: 'auto', address6: '', gateway6: '' },
  };
}

export function readNic(net: PropertyString): NicForm {
  const option = (key: string) => net.options.get(key) ?? '';
  const on = (key: string) => isOn(option(key));
  const [ip, ip6] = [option('ip'), option('ip6')];
  return {
    name: option('name'),
    connection: option('bridge') === '' && (ip.includes('/') || ip6.includes('/')) ? 'routed' : 'bridge',
    bridge: option('bridge'),
    tag: option('tag'),
    trunks: option('trunks').replaceAll(';', ', '),
    rate: option('rate'),
    mac: option('hwaddr'),
    mtu: option('mtu'),
    firewall: on('firewall'),
    unplugged: on('link_down'),
    hostManaged: on('host-managed'),
    ...readIpSettings(option),
  };
}

/** A routed address may be written without its prefix: it is one address and no network. */
function fixed(form: NicForm, version: 4 | 6): string {
  const text = (version === 4 ? form.address4 : form.address6).trim();
  return form.connection === 'routed' && text !== '' && !text.includes('/')
    ? `${text}/${version === 4 ? 32 : 128}`
    : text;
}

function withPrefixes(form: NicForm): NicForm {
  return { ...form, address4: fixed(form, 4), address6: fixed(form, 6) };
}

/** Who need not enter a prefix is not told of one. */
const routedWords: Readonly<Partial<Record<IpProblem, NicProblem>>> = { cidr4: 'ip4', cidr6: 'ip6' };

/** The fields of a routed card are those that it can have; the rest is as if it were not filled in. */
function settled(form: NicForm): NicForm {
  if (form.connection === 'bridge') return form;
  return {
    ...form,
    ...{ bridge: '', tag: '', trunks: '', gateway4: '', gateway6: '' },
    ip4: form.address4.trim() === '' ? 'none' : 'static',
    ip6: form.address6.trim() === '' ? 'none' : 'static',
  };
}

/** The string of a form; what the form does not know of `before` stays as it was. */
export function nicString(given: NicForm, before: PropertyString = { lead: '', options: new Map() }): string {
  const form = settled(given);
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim());
  const flag = (on: boolean) => (on ? '1' : undefined);
  const trunks = words(form.trunks);
  const changed = withOptions(before, {
    name: form.name.trim(),
    bridge: text(form.bridge),
    tag: text(form.tag),
    trunks: trunks.length > 0 ? trunks.join(';') : undefined,
    rate: text(form.rate),
    hwaddr: text(form.mac),
    mtu: text(form.mtu),
    firewall: flag(form.firewall),
    link_down: flag(form.unplugged),
    'host-managed': flag(form.hostManaged),
    ...ipOptions(withPrefixes(form)),
  });
  return renderProperties(changed);
}

export type NicProblem =
  | 'required'
  | 'nicName'
  | 'nameTaken'
  | 'vlan'
  | 'rate'
  | 'mac'
  | 'mtu'
  | 'mtu6'
  | 'ip4'
  | 'ip6'
  | IpProblem
  | 'routedAddress'
  | 'hostManaged';
export type NicProblems = Partial<Record<keyof NicForm, NicProblem>>;

/** What would certainly be refused. `taken`: names of the container's other cards. */
export function checkNic(given: NicForm, taken: readonly string[] = []): NicProblems {
  const form = settled(given);
  const wrong: NicProblems = {};
  const name = form.name.trim();
  // IFNAMSIZ of Linux; `lo`, `all` and `default` mean something else to the kernel.
  if (!/^(?!(?:lo|all|default)$)[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}$/.test(name)) wrong.name = 'nicName';
  else if (taken.includes(name)) wrong.name = 'nameTaken';
  if (form.connection === 'bridge' && form.bridge === '') wrong.bridge = 'required';
  const isVlan = (text: string) => isAtLeast(text, 1) && Number(text) <= 4094;
  if (form.tag.trim() !== '' && !isVlan(form.tag)) wrong.tag = 'vlan';
  const trunks = words(form.trunks);
  if (!trunks.every(isVlan) || trunks.includes(form.tag.trim())) wrong.trunks = 'vlan';
  if (form.rate.trim() !== '' && !/^\d+(\.\d+)?$/.test(form.rate.trim())) wrong.rate = 'rate';
  if (form.mac.trim() !== '' && !/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(form.mac.trim()))
    wrong.mac = 'mac';
  if (form.mtu.trim() !== '') {
    const mtu = wholeNumber(form.mtu) ?? 0;
    if (mtu < 64 || mtu > 65_535) wrong.mtu = 'mtu';
    // RFC 8200, section 5: IPv6 needs 1280.
    else if (mtu < 1280 && form.ip6 !== 'none') wrong.mtu = 'mtu6';
  }
  if (form.connection === 'routed' && form.ip4 === 'none' && form.ip6 === 'none')
    wrong.address4 = 'routedAddress';
  const problems = checkIpSettings(withPrefixes(form));
  for (const [name, problem] of Object.entries(problems) as [keyof IpSettings, IpProblem][])
    wrong[name] = form.connection === 'routed' ? (routedWords[problem] ?? problem) : problem;
  const asked = [form.ip4, form.ip6].some((mode) => mode === 'dhcp' || mode === 'auto');
  if (form.hostManaged && asked) wrong.hostManaged = 'hostManaged';
  return wrong;
}
