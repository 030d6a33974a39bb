// Where a new disk's content comes from (`import-from`): a volume, or for who may change the node, a file of the host.
import { lstat } from 'node:fs/promises';
import type { Attachment, VolumeFormat } from '../../../storage-plugins/plugin.ts';

const formats: ReadonlyMap<string, VolumeFormat> = new Map([
  ['qcow2', 'qcow2'],
  ['raw', 'raw'],
  ['img', 'raw'],
  ['vmdk', 'vmdk'],
  ['vhdx', 'vhdx'],
  ['vhd', 'vhd'],
  ['vpc', 'vhd'],
]);
/** Of files of content `import` that are one disk image. */
const imageFormats = new Set<string>(formats.values());

/** A path, not a volume id. */
export function isHostPath(from: string): boolean {
  return from.startsWith('/');
}

/** The rule that a path breaks, in words; undefined when it may be looked at. */
export function brokenPathRule(path: string): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(path)) return 'a path must not hold control characters';
  if (path.split('/').some((part) => part === '..' || part === '.')) return 'write the path without . and ..';
  if (formatOfPath(path) === undefined)
    return 'its name must end in .qcow2, .raw, .img, .vmdk, .vhdx or .vhd: that tells its format';
  return undefined;
}

function formatOfPath(path: string): VolumeFormat | undefined {
  return formats.get(/[^/]\.([a-z0-9]+)$/.exec(path)?.[1] ?? '');
}

/** A stranger's image like any other, although it was put there by whoever administers the node. */
export function attachHostPath(path: string): Attachment {
  return { kind: 'file', path, format: formatOfPath(path) ?? 'raw', foreign: true };
}

/** Why it cannot be a source, in words. Its bytes are looked at when they are copied. */
export async function problemOfHostPath(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return `there is no file '${path}'`;
  return stats.isFile() ? undefined : `'${path}' is not a regular file: write the path of the file itself`;
}

/** Is the file of content `import` one disk image? */
export function isDiskImage(format: string): boolean {
  return imageFormats.has(format);
}
