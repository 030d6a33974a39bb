// A VM's processor and memory: between the forms and the keys of its configuration. Pure.
import { type PendingLine, settingOf } from './guest-config.ts';
import { isAtLeast, wholeNumber } from './plain-rules.ts';
import { isOn, parseProperties, renderProperties, withOptions } from './property-string.ts';

/** Flags of the processor that can be switched, as the API names them. */
export const cpuFlags = [
  ...['aes', 'pcid', 'pdpe1gb', 'md-clear', 'spec-ctrl', 'ssbd', 'ibpb', 'virt-ssbd', 'amd-ssbd'],
  ...['amd-no-ssb', 'hv-tlbflush', 'hv-evmcs'],
] as const;

/** Types that suit many hosts; what is usual first. */
export const generalCpus = [
  ...(['x86-64-v2-AES', 'x86-64-v3', 'x86-64-v4', 'host', 'x86-64-v2', 'kvm64', 'max'] as const),
] as const;

/** Particular processors, by maker. */
export const cpusByMaker = {
  AMD: [
    ...['EPYC', 'EPYC-IBPB', 'EPYC-Rome', 'EPYC-Milan', 'EPYC-Genoa', 'Dhyana', 'Opteron_G5', 'Opteron_G4'],
    ...['Opteron_G3', 'Opteron_G2', 'Opteron_G1', 'phenom', 'athlon'],
  ],
  Intel: [
    ...['GraniteRapids', 'SapphireRapids', 'SierraForest', 'Icelake-Server', 'Icelake-Server-noTSX'],
    ...['Cooperlake', 'Cascadelake-Server', 'Cascadelake-Server-noTSX', 'Skylake-Server'],
    ...['Skylake-Server-IBRS', 'Skylake-Server-noTSX-IBRS', 'Skylake-Client', 'Skylake-Client-IBRS'],
    ...[
      'Skylake-Client-noTSX-IBRS',
      'Broadwell',
      'Broadwell-IBRS',
      'Broadwell-noTSX',
      'Broadwell-noTSX-IBRS',
    ],
    ...['Haswell', 'Haswell-IBRS', 'Haswell-noTSX', 'Haswell-noTSX-IBRS', 'IvyBridge', 'IvyBridge-IBRS'],
    ...['SandyBridge', 'SandyBridge-IBRS', 'Westmere', 'Westmere-IBRS', 'Nehalem', 'Nehalem-IBRS', 'Penryn'],
    ...[
      'Conroe',
      'Snowridge',
      'KnightsMill',
      'core2duo',
      'coreduo',
      'pentium3',
      'pentium2',
      'pentium',
      '486',
    ],
  ],
  QEMU: ['qemu64', 'qemu32', 'kvm32'],
} as const;

export interface ProcessorForm {
  readonly sockets: string;
  readonly cores: string;
  /** Empty: all. */
  readonly vcpus: string;
  readonly type: string;
  /** By flag: `+` or `-`; what is not there is as the type has it. */
  readonly flags: Readonly<Record<string, '+' | '-'>>;
  readonly hidden: boolean;
  readonly vendor: string;
  /** Empty, `host`, or a number of bits. */
  readonly physBits: string;
  /** Processors' worth of time; empty: no limit. */
  readonly limit: string;
  /** Weight; empty: as all. */
  readonly units: string;
  readonly affinity: string;
  readonly numa: boolean;
}

type Change = Record<string, string | boolean | undefined>;

export function readProcessor(lines: readonly PendingLine[]): ProcessorForm {
  const text = (key: string) => settingOf(lines, key).wanted ?? '';
  const cpu = parseProperties(text('cpu'));
  const option = (name: string) => cpu.options.get(name) ?? '';
  const flags = option('flags').split(';').filter(Boolean);
  return {
    sockets: text('sockets') || '1',
    cores: text('cores') || '1',
    vcpus: text('vcpus') === '0' ? '' : text('vcpus'),
    type: option('cputype') || cpu.lead || 'kvm64',
    flags: Object.fromEntries(flags.map((flag) => [flag.slice(1), flag.startsWith('-') ? '-' : '+'])),
    hidden: isOn(option('hidden')),
    vendor: option('hv-vendor-id'),
    physBits: option('phys-bits'),
    limit: text('cpulimit') === '0' ? '' : text('cpulimit'),
    units: text('cpuunits'),
    affinity: text('affinity'),
    numa: isOn(text('numa')),
  };
}

/** What differs from the configuration; sockets and cores are always named. */
export function processorChange(form: ProcessorForm, lines: readonly PendingLine[]): Change {
  const had = readProcessor(lines);
  const change: Change = { sockets: form.sockets.trim(), cores: form.cores.trim() };
  const set = (key: string, name: 'vcpus' | 'limit' | 'units' | 'affinity') => {
    const text = name === 'limit' ? form.limit.trim().replace(',', '.') : form[name].trim();
    if (text !== had[name]) change[key] = text === '' ? undefined : text;
  };
  set('vcpus', 'vcpus');
  set('cpulimit', 'limit');
  set('cpuunits', 'units');
  set('affinity', 'affinity');
  if (form.numa !== had.numa) change['numa'] = form.numa ? true : undefined;
  const before = settingOf(lines, 'cpu').wanted ?? '';
  const cpu = cpuString(form, before);
  if (cpu !== cpuString(had, before)) change['cpu'] = cpu;
  return change;
}

/** The property string of the type and its flags; what the form does not know stays. */
function cpuString(form: ProcessorForm, before: string): string {
  const flags = Object.entries(form.flags).map(([name, sign]) => `${sign}${name}`);
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim());
  const { options } = withOptions(parseProperties(before), {
    cputype: undefined,
    flags: flags.length > 0 ? flags.join(';') : undefined,
    hidden: form.hidden ? '1' : undefined,
    'hv-vendor-id': text(form.vendor),
    'phys-bits': text(form.physBits),
  });
  return renderProperties({ lead: form.type, options });
}

export type ProcessorProblem =
  | 'number'
  | 'tooManyCores'
  | 'vcpus'
  | 'cpuLimit'
  | 'cpuUnits'
  | 'cpuList'
  | 'vendor'
  | 'physBits';

/** What would certainly be refused. */
export function checkProcessor(form: ProcessorForm): Partial<Record<keyof ProcessorForm, ProcessorProblem>> {
  const wrong: Partial<Record<keyof ProcessorForm, ProcessorProblem>> = {};
  if (!isAtLeast(form.sockets, 1)) wrong.sockets = 'number';
  if (!isAtLeast(form.cores, 1)) wrong.cores = 'number';
  const total = Number(form.sockets) * Number(form.cores);
  if (total > 255) wrong.cores = 'tooManyCores';
  if (form.vcpus.trim() !== '' && !(isAtLeast(form.vcpus, 1) && Number(form.vcpus) <= total))
    wrong.vcpus = 'vcpus';
  const limit = form.limit.trim().replace(',', '.');
  if (limit !== '' && !(/^\d{1,3}(\.\d+)?$/.test(limit) && Number(limit) <= 128)) wrong.limit = 'cpuLimit';
  const units = wholeNumber(form.units) ?? 0;
  if (form.units.trim() !== '' && (units < 1 || units > 262_144)) wrong.units = 'cpuUnits';
  if (form.affinity.trim() !== '' && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(form.affinity.trim()))
    wrong.affinity = 'cpuList';
  if (!/^[a-zA-Z0-9]{0,12}$/.test(form.vendor.trim())) wrong.vendor = 'vendor';
  if (!/^(|host|[89]|[1-5][0-9]|6[0-4])$/.test(form.physBits.trim())) wrong.physBits = 'physBits';
  return wrong;
}
