// The cloud-init keys of a configuration: which they are, what they say, which volume is their drive, what of them is shown.
import { readList } from '../../contract/params.ts';
import { ciCustomString, ipConfigString, readSshKeys } from '../../contract/qemu-cloudinit-strings.ts';
import type { PendingLine } from './changed-keys.ts';
import { type ConfigValue, parseProperty, splitDeviceKey, type VmConfig } from './config-keys.ts';

/** What is generated for a guest's first start, and each start after a change. */
export interface VmCloudInit {
  /** Undefined: what the operating system reads. */
  readonly type: 'configdrive2' | 'nocloud' | 'opennebula' | undefined;
  readonly user: string | undefined;
  /** As crypt(5) has it, never in clear. */
  readonly passwordHash: string | undefined;
  /** Upgrade the packages at the first start. */
  readonly upgrade: boolean;
  /** As it is stored, URL-encoded; `sshKeys` are its lines. */
  readonly encodedSshKeys: string | undefined;
  readonly sshKeys: readonly string[];
  /** Empty: the host's. */
  readonly nameservers: readonly string[];
  readonly searchDomains: readonly string[];
  /** Volumes of files that replace what is generated. */
  readonly custom: {
    readonly meta?: string | undefined;
    readonly network?: string | undefined;
    readonly user?: string | undefined;
    readonly vendor?: string | undefined;
  };
  /** By the network card's number. */
  readonly ipConfigs: readonly IpConfig[];
}

export interface IpConfig {
  readonly index: number;
  /** `dhcp`, or an address with its prefix length. */
  readonly ip?: string | undefined;
  readonly gw?: string | undefined;
  /** `dhcp`, `auto` (router advertisements), or an address with its prefix length. */
  readonly ip6?: string | undefined;
  readonly gw6?: string | undefined;
}

const plainKeys = new Set([
  ...['cicustom', 'cipassword', 'citype', 'ciupgrade', 'ciuser', 'nameserver', 'searchdomain', 'sshkeys'],
]);

export function isCloudInitKey(key: string): boolean {
  return plainKeys.has(key) || splitDeviceKey(key)?.base === 'ipconfig';
}

/** The name of a cloud-init drive's volume, without folder and extension. */
export function cloudInitName(vmid: number, number = 0): string {
  return number === 0 ? `vm-${vmid}-cloudinit` : `vm-${vmid}-cloudinit-${number}`;
}

/** Is it a volume that holds what is generated? Such a one is made anew, never copied or kept. */
export function isCloudInitVolume(volume: string | undefined): boolean {
  return volume !== undefined && /[:/]vm-\d+-cloudinit(?:-\d+)?(?:\.[a-z0-9]+)?$/.test(volume);
}

export function readCloudInit(config: VmConfig): VmCloudInit {
  const text = (key: string) => (config[key] === undefined ? undefined : String(config[key]));
  return {
    type: text('citype') as VmCloudInit['type'],
    user: text('ciuser'),
    passwordHash: text('cipassword'),
    upgrade: config['ciupgrade'] !== 0,
    encodedSshKeys: text('sshkeys'),
    sshKeys: readSshKeys(text('sshkeys') ?? ''),
    nameservers: readList(text('nameserver')),
    searchDomains: readList(text('searchdomain')),
    custom: parseProperty('cicustom', ciCustomString, text('cicustom') ?? ''),
    ipConfigs: Object.keys(config)
      .flatMap((key) => {
        const device = splitDeviceKey(key);
        return device?.base === 'ipconfig' ? [{ key, index: device.index }] : [];
      })
      .sort((a, b) => a.index - b.index)
      .map(({ key, index }) => ({ index, ...parseProperty(key, ipConfigString, config[key]!) })),
  };
}

export function renderCloudInit(model: VmCloudInit): [string, ConfigValue | undefined][] {
  const custom = ciCustomString.render(model.custom);
  return [
    ['citype', model.type],
    ['ciuser', model.user],
    ['cipassword', model.passwordHash],
    ['ciupgrade', model.upgrade ? undefined : 0],
    ['sshkeys', model.encodedSshKeys],
    ['nameserver', model.nameservers.join(' ') || undefined],
    ['searchdomain', model.searchDomains.join(' ') || undefined],
    ['cicustom', custom || undefined],
    ...model.ipConfigs.map(({ index, ...values }): [string, string] => [
      `ipconfig${index}`,
      ipConfigString.render(values),
    ]),
  ];
}

/** What stands for a password wherever one is asked for. */
export const hiddenPassword = '**********';

/** The configuration as it may be shown. */
export function withoutPassword<T extends ConfigValue>(
  config: Readonly<Record<string, T>>,
): Record<string, T | string> {
  return config['cipassword'] === undefined ? { ...config } : { ...config, cipassword: hiddenPassword };
}

/** The line of a list of changes as it may be shown. */
export function lineWithoutPassword(line: PendingLine): PendingLine {
  if (line.key !== 'cipassword') return line;
  return {
    ...line,
    ...(line.value === undefined ? {} : { value: hiddenPassword }),
    ...(line.pending === undefined ? {} : { pending: hiddenPassword }),
  };
}

/** Windows has no program but cloudbase-init for this, which reads config drives and passwords in clear only. */
export function isWindows(osType: string): boolean {
  return osType.startsWith('w');
}
