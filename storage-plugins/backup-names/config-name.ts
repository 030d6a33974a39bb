// Names of backups of the configuration, which lie among the backups of guests. Pure.
import { AppError } from '../../server/core/errors.ts';

export interface ConfigArchiveName {
  readonly fileName: string;
  /** The node that made it. */
  readonly node: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly atMs: number;
}

const pattern = /^croft-config-([A-Za-z0-9_]{1,63})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.tar\.zst$/;

/**
 * `croft-config-pve1-20261123T023000Z.tar.zst`. It has the ending of an archive, so that every storage that holds backups takes it, and
 * Proxmox VE lists it as it does a backup that was renamed: shown, never pruned. A `-` in the node's name is a `_` here (names of nodes have
 * none of their own): between dashes no number stands that would be taken for a guest's.
 */
export function makeConfigArchiveName(node: string, atMs: number): string {
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const fileName = `croft-config-${node.replaceAll('-', '_')}-${time}.tar.zst`;
  if (!pattern.test(fileName))
    throw new AppError('invalid-input', `'${node}' and its time cannot stand in the name of a backup`);
  return fileName;
}

/** Undefined when it is no such name, or of a time that no calendar has. */
export function parseConfigArchiveName(fileName: string): ConfigArchiveName | undefined {
  const match = pattern.exec(fileName);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(2).map(Number);
  const atMs = Date.UTC(year!, month! - 1, day, hour, minute, second);
  const node = match[1]!.replaceAll('_', '-');
  // Not another way to write a date, and only such names of nodes as there can be.
  if (node.startsWith('-') || node.endsWith('-') || makeConfigArchiveName(node, atMs) !== fileName)
    return undefined;
  return { fileName, node, atMs };
}
