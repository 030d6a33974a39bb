// The machine of a domain: firmware, processor, memory, clock, features.
import { AppError } from '../../core/errors.ts';
import { baseCpuModel } from '../config/cpu-models.ts';
import { firmwareChipBytes } from '../config/read-devices.ts';
import { smbiosTexts } from '../config/smbios.ts';
import { startSeconds } from '../config/start-date.ts';
import type { OsType, VmModel } from '../config/vm-model.ts';
import { rawPath } from '../raw-path.ts';
import {
  acceleratorOf,
  attachmentOf,
  type DomainHost,
  domainUuid,
  type FirmwarePaths,
  shareScale,
  volatileVariables,
} from './domain-host.ts';
import { numaCells } from './domain-xml-placement.ts';
import { type FirmwareDevice, firmwareLink } from './firmware-device.ts';
import { dimmSlots, hotPlugLimitMib } from './memory-plug.ts';
import { element, type XmlElement } from './xml.ts';

/** Windows by the version of its kernel, times ten; 0 for everything else. */
const windowsVersions: Partial<Record<OsType, number>> = {
  w2k: 50,
  wxp: 51,
  w2k3: 52,
  wvista: 60,
  w2k8: 60,
  win7: 61,
  win8: 62,
  win10: 100,
  win11: 110,
};
const windowsVersion = (model: VmModel) => windowsVersions[model.osType] ?? 0;

/** `pc` (i440FX) or `q35`. */
export function machineFamily(model: VmModel): 'pc' | 'q35' {
  return model.machine.type?.includes('q35') ? 'q35' : 'pc';
}

/** The machine type for QEMU: without the suffixes of other builds. */
function machineType(model: VmModel, host: DomainHost): string {
  const wanted = model.machine.type ?? 'pc';
  const plain = wanted.replace(/\.pxe$/, '').replace(/\+pve\d+$/, '');
  const name = plain.startsWith('pc-') && /^pc-\d/.test(plain) ? plain.replace('pc-', 'pc-i440fx-') : plain;
  if (host.machines && !host.machines.has(name))
    throw new AppError('unsupported', `machine: this host's QEMU has no '${wanted}'`, {
      fields: { machine: `this host's QEMU has no '${wanted}'` },
    });
  return name;
}

/** Which firmware a VM with `bios=ovmf` runs, and the template of its variables. */
export function firmwareFor(
  model: VmModel,
  firmware: FirmwarePaths,
): { readonly code: string; readonly variables: string; readonly secure: boolean } {
  const disk = model.efiDisk;
  if (disk?.type === '2m') return { code: firmware.code2m, variables: firmware.vars2m, secure: false };
  if (!disk?.preEnrolledKeys) return { code: firmware.code4m, variables: firmware.vars4m, secure: false };
  // Protecting the variables takes system management mode, which only q35 has.
  const secure = machineFamily(model) === 'q35';
  return {
    code: secure ? firmware.code4mSecure : firmware.code4m,
    variables: firmware.vars4mEnrolled,
    secure,
  };
}

export function osElement(model: VmModel, host: DomainHost): XmlElement {
  const firmware = model.bios === 'ovmf' ? firmwareFor(model, host.firmware) : undefined;
  return element('os', {}, [
    element('type', { arch: 'x86_64', machine: machineType(model, host) }, 'hvm'),
    firmware &&
      element(
        'loader',
        { readonly: 'yes', secure: firmware.secure ? 'yes' : 'no', type: 'pflash' },
        firmware.code,
      ),
    firmware && variablesElement(model, host, firmware.variables),
    hasSysinfo(model) && element('smbios', { mode: 'sysinfo' }),
  ]);
}

/** Where the variables are on a device, which is larger than they are. */
export function firmwareDeviceOf(
  model: VmModel,
  host: Pick<DomainHost, 'attachments' | 'domainName'>,
): FirmwareDevice | undefined {
  if (!model.efiDisk || model.bios !== 'ovmf') return undefined;
  const attachment = attachmentOf(host, 'efidisk0');
  if (attachment.kind !== 'block') return undefined;
  const sizeBytes = firmwareChipBytes(model.efiDisk);
  return { path: attachment.path, sizeBytes, link: firmwareLink(host.domainName) };
}

function variablesElement(model: VmModel, host: DomainHost, template: string): XmlElement {
  if (!model.efiDisk) return element('nvram', { template }, volatileVariables(host.runtimeDir));
  const attachment = attachmentOf(host, 'efidisk0');
  const path = rawPath(attachment);
  if (path !== undefined && attachment.kind === 'block')
    return element('nvram', { type: 'block' }, [element('source', { dev: firmwareLink(host.domainName) })]);
  if (path !== undefined) return element('nvram', {}, path);
  throw new AppError('unsupported', 'efidisk0: firmware variables must be a raw file or a block device');
}

function hasSysinfo(model: VmModel): boolean {
  return smbiosTexts.some((name) => model.smbios[name] !== undefined);
}

export function sysinfoElement(model: VmModel, host: DomainHost): XmlElement | undefined {
  if (!hasSysinfo(model)) return undefined;
  const entries = smbiosTexts.flatMap((name) => {
    const text = model.smbios[name];
    return text === undefined ? [] : [element('entry', { name }, text)];
  });
  const uuid = element('entry', { name: 'uuid' }, domainUuid(model, host));
  return element('sysinfo', { type: 'smbios' }, [element('system', {}, [...entries, uuid])]);
}

/** Room for DIMMs costs a guest some memory of its own, so it has it only when it may be used. */
function growsMemory(model: VmModel): boolean {
  return model.hotplug.includes('memory') && model.cpu.numa && model.memoryMib < hotPlugLimitMib;
}

export function memoryElements(model: VmModel): XmlElement[] {
  const balloon = model.balloonMib;
  return [
    ...(growsMemory(model) ? [element('maxMemory', { slots: dimmSlots, unit: 'MiB' }, hotPlugLimitMib)] : []),
    element('memory', { unit: 'MiB' }, model.memoryMib),
    element('currentMemory', { unit: 'MiB' }, balloon ? Math.min(balloon, model.memoryMib) : model.memoryMib),
  ];
}

export function vcpuElement({ cpu }: VmModel): XmlElement {
  const total = cpu.sockets * cpu.cores;
  const current = cpu.vcpus ?? total;
  return element(
    'vcpu',
    { placement: 'static', cpuset: cpu.affinity, current: current === total ? undefined : current },
    total,
  );
}

/** With cpu hot-plug every processor but the first can be taken out again, also those that are there from the start. */
export function vcpusElement({ cpu, hotplug }: VmModel): XmlElement | undefined {
  const total = cpu.sockets * cpu.cores;
  if (!hotplug.includes('cpu') || total === 1) return undefined;
  const on = cpu.vcpus ?? total;
  return element(
    'vcpus',
    {},
    Array.from({ length: total }, (_, id) =>
      element('vcpu', {
        id,
        enabled: id < on ? 'yes' : 'no',
        hotpluggable: id === 0 ? 'no' : 'yes',
        order: id < on ? id + 1 : undefined,
      }),
    ),
  );
}

/** Microseconds of every 100,000 that the VM may run, of all processors together; libvirt takes no less than 1,000. */
export function cpuQuotaUs({ cpu }: VmModel): number | undefined {
  return cpu.limit > 0 ? Math.max(1000, Math.round(cpu.limit * 100_000)) : undefined;
}

/** Shares and limits of processor time, over the whole domain. */
export function cpuTuneElement(
  model: VmModel,
  { cgroup }: Pick<DomainHost, 'cgroup'>,
): XmlElement | undefined {
  const { cpu } = model;
  if (cpu.limit === 0 && cpu.units === undefined) return undefined;
  return element('cputune', {}, [
    cpu.units !== undefined && element('shares', {}, Math.min(cpu.units, shareScale(cgroup).max)),
    cpu.limit > 0 && element('global_period', {}, 100_000),
    cpu.limit > 0 && element('global_quota', {}, cpuQuotaUs(model)),
  ]);
}

/** What each level of the x86-64 psABI adds to `qemu64`, level by level. */
const levelFeatures: Readonly<Record<string, readonly string[]>> = {
  'x86-64-v2': ['popcnt', 'sse4.1', 'sse4.2', 'ssse3'],
  'x86-64-v2-AES': ['aes'],
  'x86-64-v3': ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'],
  'x86-64-v4': ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
};

function featuresOfLevel(level: string): string[] {
  const names = Object.keys(levelFeatures);
  return names.slice(0, names.indexOf(level) + 1).flatMap((name) => levelFeatures[name]!);
}

export function cpuElement(model: VmModel, host: DomainHost): XmlElement {
  const { cpu } = model;
  const accelerated = acceleratorOf(model, host) === 'kvm';
  const level = cpu.model !== undefined && Object.hasOwn(levelFeatures, cpu.model) ? cpu.model : undefined;
  const switched = cpu.flags.filter((flag) => !flag.name.startsWith('hv-'));
  const details = (features: readonly string[]) => [
    element('topology', { sockets: cpu.sockets, dies: 1, cores: cpu.cores, threads: 1 }),
    ...physBits(model, accelerated),
    ...features
      .filter((name) => !switched.some((flag) => flag.name === name))
      .map((name) => element('feature', { policy: 'require', name })),
    ...switched.map((flag) =>
      element('feature', { policy: flag.on ? 'require' : 'disable', name: flag.name }),
    ),
    ...numaCells(model),
  ];
  if (accelerated && cpu.model === 'host')
    return element('cpu', { mode: 'host-passthrough', check: 'none', migratable: 'on' }, details([]));
  // Emulation gives every feature that QEMU can emulate: the levels and the host's own model mean nothing there.
  const general =
    cpu.model === 'max' || cpu.model === 'host' || cpu.model === undefined || level !== undefined;
  if (cpu.model === 'max' || (!accelerated && general))
    return element('cpu', { mode: 'maximum', check: 'none', migratable: 'on' }, details([]));
  const named = level === undefined ? baseCpuModel(cpu.model ?? 'kvm64') : 'qemu64';
  const features =
    level === undefined ? (named === 'kvm64' ? ['lahf_lm', 'sep'] : []) : featuresOfLevel(level);
  return element('cpu', { mode: 'custom', match: 'exact', check: 'none' }, [
    element('model', { fallback: 'forbid' }, named),
    ...details(features),
  ]);
}

function physBits({ cpu }: VmModel, accelerated: boolean): XmlElement[] {
  if (cpu.physBits === undefined) return [];
  if (cpu.physBits === 'host') return accelerated ? [element('maxphysaddr', { mode: 'passthrough' })] : [];
  return [element('maxphysaddr', { mode: 'emulate', bits: cpu.physBits })];
}

export function featuresElement(model: VmModel, host: DomainHost): XmlElement {
  const accelerated = acceleratorOf(model, host) === 'kvm';
  const secure = model.bios === 'ovmf' && firmwareFor(model, host.firmware).secure;
  return element('features', {}, [
    model.acpi && element('acpi'),
    element('apic'),
    accelerated && hypervElement(model),
    accelerated && model.cpu.hidden && element('kvm', {}, [element('hidden', { state: 'on' })]),
    secure && element('smm', { state: 'on' }),
    model.machine.viommu === 'intel' && element('ioapic', { driver: 'qemu' }),
  ]);
}

/** What lets Windows know and use that it is a guest; only KVM offers it. */
function hypervElement(model: VmModel): XmlElement | undefined {
  const version = windowsVersion(model);
  const { cpu } = model;
  const flag = (name: string) => cpu.flags.some((f) => f.name === name && f.on);
  const on = (name: string) => element(name, { state: 'on' });
  const parts: (XmlElement | false)[] = [
    version >= 60 && on('relaxed'),
    version >= 60 && on('vapic'),
    version >= 60 && element('spinlocks', { state: 'on', retries: 8191 }),
    version >= 61 && on('vpindex'),
    version >= 61 && on('runtime'),
    version >= 61 && on('synic'),
    version >= 61 && on('stimer'),
    version >= 61 && on('reset'),
    cpu.hvVendorId !== undefined && element('vendor_id', { state: 'on', value: cpu.hvVendorId }),
    version >= 61 && flag('hv-tlbflush') && on('tlbflush'),
    version >= 61 && on('ipi'),
    version >= 61 && flag('hv-evmcs') && on('evmcs'),
  ];
  return parts.some((part) => part !== false) ? element('hyperv', { mode: 'custom' }, parts) : undefined;
}

export function clockElement(model: VmModel, host: DomainHost): XmlElement {
  const windows = windowsVersion(model) > 0;
  const accelerated = acceleratorOf(model, host) === 'kvm';
  const start = model.startDate === undefined ? undefined : startSeconds(model.startDate);
  const offset = (model.localtime ?? windows) ? 'localtime' : 'utc';
  return element('clock', start === undefined ? { offset } : { offset: 'absolute', start }, [
    (model.driftFix ?? accelerated) && element('timer', { name: 'rtc', tickpolicy: 'catchup' }),
    accelerated && element('timer', { name: 'pit', tickpolicy: 'delay' }),
    accelerated && windows && element('timer', { name: 'hpet', present: 'no' }),
    accelerated && windowsVersion(model) >= 60 && element('timer', { name: 'hypervclock', present: 'yes' }),
  ]);
}

/** Sleep states, when the configuration says which; without ACPI there are none to name. */
export function powerElement({ machine, acpi }: VmModel): XmlElement | undefined {
  if (!acpi || (machine.suspendToMemory === undefined && machine.suspendToDisk === undefined))
    return undefined;
  const state = (name: string, enabled: boolean | undefined) =>
    enabled !== undefined && element(name, { enabled: enabled ? 'yes' : 'no' });
  return element('pm', {}, [
    state('suspend-to-mem', machine.suspendToMemory),
    state('suspend-to-disk', machine.suspendToDisk),
  ]);
}
