// A VM of ours made of a configuration file of Proxmox VE (qm.conf(5)); every key of it is reported, mapped or not. Pure.
import type { ImportMember } from '../../../storage-plugins/plugin.ts';
import type { ImportWhyCode } from '../../contract/import-report-words.ts';
import type { ImportMetadata } from '../../contract/node-storage-import.ts';
import { efiDiskString, tpmStateString } from '../../contract/qemu-disk-strings.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { checkVmModel } from '../config/check-vm-model.ts';
import {
  canonicalValue,
  isConfigKey,
  parseProperty,
  splitDeviceKey,
  splitDriveKey,
  type VmConfig,
} from '../config/config-keys.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import { Report, type Why } from './report.ts';

const mostKeys = 512;
const longestValue = 8192;
/** Keys that belong to the machine where it was, or are given anew. */
const left: ReadonlyMap<string, ImportWhyCode> = new Map(
  Object.entries({
    affinity: 'processors-there',
    args: 'arguments-there',
    cicustom: 'files-there',
    cipassword: 'set-anew',
    digest: 'made-anew',
    hookscript: 'script-there',
    hugepages: 'memory-there',
    ivshmem: 'memory-there',
    lock: 'task-there',
    meta: 'made-anew',
    parent: 'snapshots-stay',
    runningcpu: 'run-there',
    runningmachine: 'run-there',
    snaptime: 'snapshots-stay',
    template: 'make-template',
    vmgenid: 'made-anew',
    vmstate: 'memory-stays',
    vmstatestorage: 'storage-there',
  } satisfies Record<string, ImportWhyCode>),
);

/** `members`: the images beside it. A disk is found when an image has the name of its volume, in whatever format. */
export function mapConf(text: string, members: readonly ImportMember[]): ImportMetadata {
  const report = new Report();
  const args: Record<string, string | number> = {};
  const disks: Record<string, string> = {};
  const options: Record<string, string> = {};
  const net: Record<string, Record<string, string>> = {};
  const { description, keys, snapshots } = readConf(text);
  if (description !== '') args['description'] = description;
  for (const [key, value] of keys) {
    if (value.length > longestValue) report.unmapped(key, value, 'too-long', key);
    else if (isDisk(key)) mapDisk(key, value);
    else if (splitDeviceKey(key)?.base === 'net') mapNic(key, value);
    else mapKey(key, value);
  }
  dropContradictions();
  if (snapshots > 0) report.unmapped({ code: 'snapshots' }, snapshots, 'snapshots-stay');
  const kept = String(args['boot'] ?? '').match(/[a-z]+\d+/g) ?? [];
  // A device that waits for its image cannot be booted from yet.
  const known = kept.filter(
    (key) => disks[key] !== undefined || net[key] !== undefined || args[key] !== undefined,
  );
  if (known.length > 0) args['boot'] = `order=${known.join(';')}`;
  else {
    delete args['boot'];
    report.withdraw('boot', 'boot-nothing');
  }
  if (args['bios'] === 'ovmf' && disks['efidisk0'] === undefined) report.warn('efi-state-lost', 'bios');
  return {
    ...{
      type: 'vm',
      source: 'esxi',
      format: 'conf',
      'create-args': args,
      disks,
      'disk-options': options,
      net,
    },
    ...{ warnings: report.warnings, report: report.lines },
  };

  /** What our rules refuse is left out, and said: the rest still makes a VM. */
  function dropContradictions() {
    for (let round = 0; round < mostKeys; round += 1) {
      const cards = Object.entries(net).map(([key, fields]) => [key, renderFields(fields)]);
      const { boot: _boot, ...rest } = { ...args, ...(Object.fromEntries(cards) as Record<string, string>) };
      const wrong = Object.entries(brokenRules(rest)).filter(([key]) => args[key] !== undefined || net[key]);
      if (wrong.length === 0) return;
      for (const [key, why] of wrong) {
        delete args[key];
        delete net[key];
        report.withdraw(key, { code: 'refused', values: { rule: why } });
      }
    }
  }

  function mapKey(key: string, value: string) {
    const why =
      left.get(key) ??
      (/^(hostpci|usb|parallel)\d+$/.test(key) || (key !== 'rng0' && value.startsWith('/dev/'))
        ? 'hardware-there'
        : undefined);
    if (why !== undefined) return report.unmapped(key, key === 'cipassword' ? '' : value, why, key);
    if (/^unused\d+$/.test(key)) return report.unmapped(key, value, 'drive-unused');
    if (!isConfigKey(key)) return report.unmapped(key, value, 'key-unknown');
    try {
      args[key] = canonicalValue(key, value);
      report.mapped(key, value, key);
    } catch (error) {
      report.unmapped(key, value, reasonOf(error), key);
    }
  }

  function mapDisk(key: string, value: string) {
    const [volume = '', ...words] = value.split(',');
    if (words.includes('media=cdrom')) {
      args[key] = 'none,media=cdrom';
      if (volume !== 'none') report.warn('cdrom-image-ignored', key, volume);
      return report.mapped(key, value, key, ...(volume === 'none' ? [] : (['disc-left'] as const)));
    }
    const stem = /([^/:]+?)(?:\.(?:raw|qcow2|vmdk))?$/.exec(volume)?.[1] ?? '';
    const member = members.find(({ name }) => name.replace(/\.(raw|qcow2|vmdk|vhdx|vhd)$/, '') === stem);
    if (stem === '' || !member)
      return report.unmapped(
        key,
        value,
        stem === '' ? 'image-unnamed' : { code: 'image-wanted', values: { name: stem } },
        key,
      );
    if (Object.values(disks).includes(member.volume))
      return report.unmapped(key, value, 'image-of-another', key);
    let kept: string | undefined;
    try {
      kept = stateOptions(key, value);
    } catch (error) {
      return report.unmapped(key, value, reasonOf(error), key);
    }
    disks[key] = member.volume;
    if (kept !== undefined) options[key] = kept;
    const others = kept === undefined && words.length > 0;
    report.mapped(key, value, key, ...(others ? (['options-anew'] as const) : []));
  }

  function mapNic(key: string, value: string) {
    const fields: Record<string, string> = {};
    for (const part of value.split(',')) {
      const [name = '', text = ''] = part.split('=', 2);
      if (/^[A-Z0-9]{2}(:[A-Z0-9]{2}){5}$/i.test(text) && name !== 'macaddr')
        Object.assign(fields, { model: name, macaddr: text });
      else if (text === '') fields['model'] = name;
      else fields[name] = text;
    }
    try {
      canonicalValue(key, renderFields(fields));
    } catch (error) {
      return report.unmapped(key, value, reasonOf(error), key);
    }
    net[key] = fields;
    report.mapped(key, value, key);
  }
}

/** `{ model: 'virtio', bridge: 'vmbr0' }` as the property string `virtio,bridge=vmbr0`. */
export function renderFields({ model, ...rest }: Readonly<Record<string, string>>): string {
  return [
    `model=${model ?? 'virtio'}`,
    ...Object.entries(rest).map(([key, value]) => `${key}=${value}`),
  ].join(',');
}

/** How the firmware and the TPM read what they keep; undefined of a drive. `invalid-input` when it cannot be read. */
function stateOptions(key: string, value: string): string | undefined {
  if (key === 'tpmstate0') return `version=${parseProperty(key, tpmStateString, value).version ?? 'v1.2'}`;
  if (key !== 'efidisk0') return undefined;
  const { efitype = '2m', 'pre-enrolled-keys': keys } = parseProperty(key, efiDiskString, value);
  return `efitype=${efitype}${keys ? ',pre-enrolled-keys=1' : ''}`;
}

/** By key. Empty when a VM can be made of the configuration. */
function brokenRules(config: VmConfig): Readonly<Record<string, string>> {
  try {
    checkVmModel(readVmConfig({ vmid: 100, config }));
    return {};
  } catch (error) {
    return error instanceof AppError ? (error.fields ?? {}) : {};
  }
}

function reasonOf(error: unknown): Why {
  if (!(error instanceof AppError)) return 'not-possible';
  return { code: 'refused', values: { rule: Object.values(error.fields ?? {})[0] ?? error.message } };
}

function isDisk(key: string): boolean {
  return splitDriveKey(key) !== undefined || key === 'efidisk0' || key === 'tpmstate0';
}

/** The current configuration: everything before the first section. Notes are its lines of comment. `invalid-input` naming the line. */
export function readConf(text: string): {
  readonly description: string;
  readonly keys: ReadonlyMap<string, string>;
  readonly snapshots: number;
} {
  const keys = new Map<string, string>();
  const notes: string[] = [];
  let snapshots = 0;
  let within = false;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (/^\[.*\]$/.test(line)) {
      within = true;
      snapshots += line === '[PENDING]' || line.startsWith('[special:') ? 0 : 1;
      continue;
    }
    if (line === '' || within || keys.size > mostKeys) continue;
    if (line.startsWith('#')) {
      notes.push(readNote(line.slice(1)));
      continue;
    }
    const match = /^([a-z][a-z0-9_-]*):\s*(.*)$/.exec(line);
    if (!match) throw invalidInput({ volume: `line ${at + 1} is not 'key: value'` });
    const [, key = '', value = ''] = match;
    if (key === 'description') notes.push(readNote(value));
    else if (value !== '') keys.set(key, value);
  }
  if (keys.size > mostKeys) throw invalidInput({ volume: `it has more than ${mostKeys} keys` });
  return { description: notes.join('\n').trim().slice(0, 8192).toWellFormed(), keys, snapshots };
}

/** Notes are stored with %-escapes. */
function readNote(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
