// A VM's machine type and its screen: between the forms and their property strings. Pure.
import { wholeNumber } from './plain-rules.ts';
import { type PropertyString, parseProperties, renderProperties, withOptions } from './property-string.ts';

export const iommus = ['intel', 'virtio'] as const;

export interface MachineForm {
  readonly family: 'q35' | 'pc';
  /** `8.2`: it stays that of this QEMU; empty: the newest at each start. */
  readonly version: string;
  /** Of q35 alone; empty: none. */
  readonly viommu: '' | (typeof iommus)[number];
}

const named = (of: PropertyString, name: string) => of.options.get(name) ?? of.lead;

/** `pc`, `q35`, `pc-i440fx-7.2`, `pc-q35-8.1+pve0`. Undefined for one of another kind. */
export function readMachine(text: string): MachineForm {
  const value = parseProperties(text);
  const type = named(value, 'type');
  const version = /^pc(?:-i440fx|-q35)?-(\d+(?:\.\d+)+)/.exec(type)?.[1] ?? '';
  const viommu = iommus.find((one) => one === value.options.get('viommu')) ?? '';
  return { family: type.includes('q35') ? 'q35' : 'pc', version, viommu };
}

/** What a form does not know of `before` stays; the same machine is written as it was. */
export function machineString(form: MachineForm, before: string): string {
  const had = readMachine(before);
  const version = form.version.trim();
  const viommu = form.family === 'q35' ? form.viommu : '';
  const same = form.family === had.family && version === had.version;
  if (before !== '' && same && viommu === had.viommu) return before;
  const type = version === '' ? form.family : `pc-${form.family === 'q35' ? 'q35' : 'i440fx'}-${version}`;
  const { options } = withOptions(parseProperties(before), {
    type: undefined,
    viommu: viommu === '' ? undefined : viommu,
    // Its width is one of Intel's alone.
    ...(viommu === 'intel' ? {} : { 'aw-bits': undefined }),
  });
  const kept = named(parseProperties(before), 'type');
  return renderProperties({ lead: before !== '' && same && kept !== '' ? kept : type, options });
}

export function checkMachine({ version }: Pick<MachineForm, 'version'>): { version?: 'version' } {
  return /^(|\d{1,2}\.\d{1,2})$/.test(version.trim()) ? {} : { version: 'version' };
}

/** The QEMU that made the VM, as the version of a machine; undefined when that is not known. */
export function madeWith(meta: string | undefined): string | undefined {
  return /^\d+\.\d+/.exec(parseProperties(meta ?? '').options.get('creation-qemu') ?? '')?.[0];
}

export interface ScreenForm {
  readonly type: string;
  /** MiB; empty: as usual. */
  readonly memory: string;
  /** What is copied is passed on between the guest and who looks at its screen. */
  readonly clipboard: boolean;
}

/** Those whose memory can be chosen. */
export const screensWithMemory: ReadonlySet<string> = new Set(['std', 'qxl', 'vmware', 'cirrus']);

/** Not of one that is no screen. */
export const takesClipboard = (type: string): boolean => type !== 'none' && !type.startsWith('serial');

export function readScreen(text: string): ScreenForm {
  const value = parseProperties(text);
  const option = (name: string) => value.options.get(name) ?? '';
  return {
    type: named(value, 'type') || 'std',
    memory: option('memory'),
    clipboard: option('clipboard') === 'vnc',
  };
}

export function screenString(form: ScreenForm, before: string): string {
  const memory = screensWithMemory.has(form.type) ? form.memory.trim() : '';
  const { options } = withOptions(parseProperties(before), {
    type: undefined,
    memory: memory === '' ? undefined : memory,
    clipboard: form.clipboard && takesClipboard(form.type) ? 'vnc' : undefined,
  });
  return renderProperties({ lead: form.type, options });
}

/** As the contract has it. */
export function checkScreen({ type, memory }: Pick<ScreenForm, 'type' | 'memory'>): {
  memory?: 'screenMemory';
} {
  if (!screensWithMemory.has(type) || memory.trim() === '') return {};
  const mib = wholeNumber(memory) ?? 0;
  return mib >= 4 && mib <= 512 ? {} : { memory: 'screenMemory' };
}
