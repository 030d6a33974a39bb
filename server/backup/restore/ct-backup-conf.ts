// The configuration of a container in its backup (`pct.conf`), taken apart: its keys, its mounts, and what is for LXC itself. Pure.
import { isCtMountKey } from '../../guests/ct/config/ct-keys.ts';
import { readArchivedKeys, requireReadable } from './archived-keys.ts';

/** Lines for LXC that are told by name. */
const mostTold = 8;
const rawLine = /^\s*(lxc\.[\w.-]+)\s*[:=]/;

/** Everything in it is as strangers wrote it: keys may be none of ours, values not allowed. */
export interface CtBackupConf {
  readonly description: string;
  /** All but the root, mount points and unused volumes. */
  readonly keys: ReadonlyMap<string, string>;
  /** `rootfs` and mount points, as the text has them. */
  readonly mounts: readonly { readonly key: string; readonly text: string }[];
  /** Names of lines that LXC would read itself (`lxc.mount.entry`): the first few different ones. Those of snapshots go with them. */
  readonly raw: readonly string[];
  readonly snapshots: number;
}

/** `invalid-input` for a text that is no configuration. */
export function readCtBackupConf(text: string): CtBackupConf {
  requireReadable(text);
  const raw = new Set<string>();
  let within = false;
  const lines = text.split(/\r?\n/).filter((line) => {
    within ||= line.trim().startsWith('[');
    const name = rawLine.exec(line)?.[1];
    if (name !== undefined && !within && raw.size < mostTold) raw.add(name.slice(0, 64));
    return name === undefined;
  });
  const { description, keys, snapshots } = readArchivedKeys(lines);
  const rest = new Map<string, string>();
  const mounts: { key: string; text: string }[] = [];
  for (const [key, value] of keys) {
    if (/^unused\d+$/.test(key)) continue;
    if (isCtMountKey(key)) mounts.push({ key, text: value });
    else rest.set(key, value);
  }
  mounts.sort((a, b) => Number(b.key === 'rootfs') - Number(a.key === 'rootfs'));
  return { description, keys: rest, mounts, raw: [...raw], snapshots };
}
