// A VM's configuration as it lies in a VMA archive: `qemu-server.conf`, in the notation of qm.conf(5). Pure.
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { isUnusedKey } from '../../guests/config/unused-volumes.ts';
import type { PlannedDisk } from './vm-disk-plan.ts';

/** What belongs to this moment on this node, not to the guest. */
const left: ReadonlySet<string> = new Set(['lock', 'parent', 'digest', 'vmstate', 'snaptime']);

export interface MappedDisk extends Pick<PlannedDisk, 'key' | 'device' | 'storage'> {
  /** Of the volume: Proxmox VE gives the restored disk the same where the storage can. */
  readonly format: string;
}

/**
 * The text. Notes come first, a line of comment for each; then the keys; then the lines by which whoever restores it finds the disk of
 * each device (`#qmdump#map:key:device:storage:format:`): Proxmox VE refuses archives without them.
 */
export function renderConfText(config: VmConfig, disks: readonly MappedDisk[]): string {
  const { description, ...others } = config;
  const notes = description === undefined ? [] : String(description).replace(/\n+$/, '').split('\n');
  const keys = Object.entries(others)
    .filter(([key]) => !left.has(key) && !isUnusedKey(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    ...notes.map((line) => `#${encodeNote(line)}`),
    ...keys.map(([key, value]) => `${key}: ${oneLine(String(value))}`),
    ...disks.map(({ key, device, storage, format }) => `#qmdump#map:${key}:${device}:${storage}:${format}:`),
  ];
  return `${lines.join('\n')}\n`;
}

/** As the API's peers store notes: `%` and `:`, controls, and all beyond ASCII as %-escapes of UTF-8. */
function encodeNote(line: string): string {
  return line
    .toWellFormed()
    .replaceAll(/[^\x20-\x24\x26-\x39\x3b-\x7e]+/gu, (text) =>
      [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
    );
}

function oneLine(value: string): string {
  return value.replaceAll(/[\r\n]+/g, ' ').trim();
}
