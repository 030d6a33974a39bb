// What a request to create or change a VM makes of its configuration: the new one, volumes to make, volumes let go.
import { randomBytes, randomUUID } from 'node:crypto';
import { invalidInput } from '../../core/errors.ts';
import { changedKeys } from './changed-keys.ts';
import { checkVmModel } from './check-vm-model.ts';
import { cloudInitName, isCloudInitVolume } from './cloud-init-keys.ts';
import {
  type ConfigInput,
  type ConfigValue,
  canonicalValue,
  isConfigKey,
  splitDeviceKey,
  type VmConfig,
} from './config-keys.ts';
import { dropFromBoot, isDiskKey, letGo, ownedVolume } from './let-go.ts';
import { readNewDrive, type VolumeAllocation } from './new-drive.ts';
import {
  defaultBootOrder,
  readNic,
  readTpmState,
  renderDrive,
  renderEfiDisk,
  renderNic,
  renderTpmState,
} from './read-devices.ts';
import { readVmConfig } from './read-vm-config.ts';
import { refuseLongText } from './stored-value.ts';
import { addUnused, type DetachedVolume, forgetUnused, isUnusedKey } from './unused-volumes.ts';
import { diskTextWith } from './vm-disks.ts';

export interface ConfigChange {
  /** The configuration without the drives that wait for their volumes: see `completeConfig`. */
  readonly config: VmConfig;
  /** Volumes to make, by the drive that will hold each. */
  readonly allocations: readonly VolumeAllocation[];
  /** Volumes that were there before and are newly referred to: to be checked for existence and owner, and measured. */
  readonly references: readonly { readonly key: string; readonly volume: string }[];
  readonly detached: readonly DetachedVolume[];
  /** Volumes to remove once the new configuration is stored. */
  readonly removals: readonly string[];
  /** Keys whose value is other than before, drives that wait for a volume included. */
  readonly changedKeys: readonly string[];
}

/** What a change makes up by itself. */
export interface Generate {
  mac(): string;
  uuid(): string;
}

export const generate: Generate = {
  mac: () =>
    `BC:24:11:${[...randomBytes(3)].map((b) => b.toString(16).padStart(2, '0').toUpperCase()).join(':')}`,
  uuid: () => randomUUID(),
};

export interface MergeOptions {
  readonly vmid: number;
  /** A new VM: gets an identity, MAC addresses and a boot order of its own. */
  readonly create: boolean;
  /** Volumes of deleted disks are removed instead of kept as unused. */
  readonly force?: boolean;
  readonly generate?: Generate;
  /** For a new VM: `creation-qemu=7.2.0,ctime=...`. */
  readonly meta?: string;
}

/**
 * Applies a request to a configuration. Pure but for what `generate` makes up. Throws `invalid-input` or `unsupported`
 * naming the keys at fault; then nothing is changed anywhere.
 */
export function mergeConfigChange(
  current: VmConfig,
  set: Readonly<Record<string, ConfigInput | undefined>>,
  remove: readonly string[],
  options: MergeOptions,
): ConfigChange {
  const draft = new Map<string, ConfigValue>(Object.entries(current));
  const made = options.generate ?? generate;
  const wanted = withoutAliases(set);
  const allocations: VolumeAllocation[] = [];
  const references: { key: string; volume: string }[] = [];
  const detached: DetachedVolume[] = [];
  const removals: string[] = [];

  for (const key of new Set(remove.map((name) => (name === 'cdrom' ? 'ide2' : name)))) {
    if (!isConfigKey(key) || key === 'meta') throw invalidInput({ delete: `there is no option '${key}'` });
    if (wanted.has(key)) throw invalidInput({ [key]: 'cannot be set and deleted at the same time' });
    letGo(draft, key, options.force ?? false, detached, removals);
  }
  for (const [key, input] of wanted) {
    if (key === 'meta') throw invalidInput({ meta: 'is set by the daemon' });
    if (isUnusedKey(key)) throw invalidInput({ [key]: 'is set by the daemon' });
    if (isDiskKey(key)) setDrive(key, String(input));
    else if (splitDeviceKey(key)?.base === 'net') draft.set(key, nicText(key, String(input)));
    else draft.set(key, canonicalValue(key, input));
  }

  function setDrive(key: string, text: string): void {
    const before = ownedVolume(draft, key);
    const fresh = readNewDrive(key, text);
    if ('allocation' in fresh) {
      allocations.push(fresh.allocation);
      draft.delete(key);
    } else {
      const { volume } = fresh;
      const same = volume !== undefined && volume === before?.volume;
      if (same && key === 'tpmstate0') keepVersion(String(draft.get(key)), fresh.text);
      draft.set(
        key,
        same && before.sizeBytes !== undefined ? diskTextWith(key, fresh.text, before) : fresh.text,
      );
      if (volume !== undefined && !same && !volumeOf(current, key, volume)) references.push({ key, volume });
      if (volume !== undefined) forgetUnused(draft, volume);
      if (same) return;
    }
    if (before && isCloudInitVolume(before.volume)) removals.push(before.volume);
    else if (before)
      detached.push({ key, unusedKey: addUnused(draft, before.volume), volume: before.volume });
  }

  function nicText(key: string, text: string): string {
    const nic = readNic(key, String(canonicalValue(key, text)));
    const before = draft.get(key);
    const mac =
      nic.mac ?? (before === undefined ? undefined : readNic(key, String(before)).mac) ?? made.mac();
    return renderNic({ ...nic, mac });
  }

  if (options.create || wanted.has('smbios1')) giveIdentity(draft, made, options.create);
  if (draft.get('vmgenid') === '1' || (options.create && !draft.has('vmgenid')))
    draft.set('vmgenid', made.uuid());
  if (options.create && options.meta !== undefined) draft.set('meta', canonicalValue('meta', options.meta));
  if (!wanted.has('boot') && !wanted.has('bootdisk'))
    dropFromBoot(draft, new Set(allocations.map((a) => a.key)));

  const change = { config: Object.fromEntries(draft), allocations };
  const trial = () =>
    readVmConfig({ vmid: options.vmid, config: completeConfig(change, standIns(allocations)) });
  if (options.create && !draft.has('boot') && !draft.has('bootdisk')) {
    const { drives, nics } = trial();
    const order = defaultBootOrder(drives, nics);
    if (order.length > 0) change.config['boot'] = `order=${order.join(';')}`;
  }
  checkVmModel(trial());
  return {
    ...change,
    references,
    detached,
    removals,
    changedKeys: changedKeys(current, change.config, new Set(allocations.map(({ key }) => key))),
  };
}

/** What a TPM keeps means nothing to one of another version. */
function keepVersion(before: string, after: string): void {
  const { version } = readTpmState(before);
  if (readTpmState(after).version !== version)
    throw invalidInput({ tpmstate0: `this state is of a TPM ${version}: take it off, and add a new one` });
}

/** The configuration of a change once its volumes are there, by the drive's key. */
export function completeConfig(
  change: Pick<ConfigChange, 'config' | 'allocations'>,
  volumes: ReadonlyMap<string, { readonly volume: string; readonly sizeBytes: number }>,
): VmConfig {
  const config: Record<string, ConfigValue> = { ...change.config };
  for (const { key, drive, efiDisk, tpmState } of change.allocations) {
    const made = volumes.get(key);
    if (!made) continue;
    if (drive) config[key] = renderDrive({ ...drive, ...made });
    if (efiDisk) config[key] = renderEfiDisk({ ...efiDisk, ...made });
    if (tpmState) config[key] = renderTpmState({ ...tpmState, ...made });
  }
  return config;
}

function withoutAliases(set: Readonly<Record<string, ConfigInput | undefined>>): Map<string, ConfigInput> {
  const wanted = new Map<string, ConfigInput>();
  for (const [key, value] of Object.entries(set)) {
    if (value === undefined) continue;
    refuseLongText(key, value);
    const real = key === 'cdrom' ? 'ide2' : key;
    if (wanted.has(real)) throw invalidInput({ [key]: `is the same as ${real}, which is given too` });
    const text = key === 'cdrom' && !/media=cdrom/.test(String(value)) ? `${value},media=cdrom` : value;
    wanted.set(real, text);
  }
  return wanted;
}

/** A new VM, and one whose identity is being set without a UUID, gets a UUID. */
function giveIdentity(draft: Map<string, ConfigValue>, made: Generate, create: boolean): void {
  const text = draft.get('smbios1');
  if (text === undefined ? create : !/(^|,)uuid=/.test(String(text)))
    draft.set('smbios1', canonicalValue('smbios1', [text, `uuid=${made.uuid()}`].filter(Boolean).join(',')));
}

function volumeOf(config: VmConfig, key: string, volume: string): boolean {
  return ownedVolume(new Map(Object.entries(config)), key)?.volume === volume;
}

/** Names for volumes that are not there yet, so that the whole can be checked before they are made. */
function standIns(
  allocations: readonly VolumeAllocation[],
): Map<string, { volume: string; sizeBytes: number }> {
  return new Map(
    allocations.map((a) => [
      a.key,
      {
        volume: `${a.storage}:new/${a.content.kind === 'cloud-init' ? cloudInitName(0) : a.key}`,
        sizeBytes: a.sizeBytes ?? 0,
      },
    ]),
  );
}
