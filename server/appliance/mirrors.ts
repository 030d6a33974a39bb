// The mirrors of this machine's disks: whether each still has all its members. From sysfs, without programs.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Mirror {
  readonly name: string;
  /** Members that are missing or failed. */
  readonly missing: number;
  /** Block devices that are in it, sorted. */
  readonly members: readonly string[];
  readonly rebuilding: boolean;
}

/**
 * One sentence for all mirrors that lack a disk; none when all are whole, or the machine has no mirror. `sysBlock`: the folder of
 * the block devices (md(4), section "SYSFS INTERFACE": degraded, sync_action).
 */
export function mirrorWarnings(sysBlock = '/sys/block'): string[] {
  const degraded = mirrors(sysBlock).filter(({ missing }) => missing > 0);
  if (degraded.length === 0) return [];
  const members = [...new Set(degraded.flatMap((mirror) => mirror.members))].sort().join(', ');
  const names = degraded.map(({ name }) => name).join(', ');
  const rebuilding = degraded.some((mirror) => mirror.rebuilding);
  return [
    rebuilding
      ? `The mirror (${names}) is being rebuilt on ${members}: until then one disk more must not fail`
      : `The mirror (${names}) has lost a disk and runs on ${members} alone`,
  ];
}

function mirrors(sysBlock: string): Mirror[] {
  const names = (existsSync(sysBlock) ? readdirSync(sysBlock) : []).filter((name) => /^md\d/.test(name));
  return names.sort().flatMap((name) => {
    try {
      const md = (file: string) => readFileSync(join(sysBlock, name, 'md', file), 'utf8').trim();
      // Only redundant levels have the file.
      const missing = Number(md('degraded'));
      const members = readdirSync(join(sysBlock, name, 'slaves')).sort();
      return [{ name, missing, members, rebuilding: ['recover', 'resync'].includes(md('sync_action')) }];
    } catch {
      return [];
    }
  });
}
