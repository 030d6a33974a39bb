// Volume groups and thin pools of this node, for the choice of what a new storage is made of.

import { lvmFailed } from '../../storage-plugins/lvm-volumes/lvm-report.ts';
import { AppError, hasCode } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import type { WorkContext } from '../core/work-context.ts';

export interface VolumeGroup {
  readonly vg: string;
  /** Bytes. */
  readonly size: number;
  readonly free: number;
}

/** Sorted by name. Options of the report: vgs(8), lvmreport(7). */
export async function scanVolumeGroups(exec: Exec, context: WorkContext): Promise<VolumeGroup[]> {
  const rows = await report(exec, context, 'vgs', ['vg_name', 'vg_size', 'vg_free'], []);
  return rows
    .map((row) => ({
      vg: String(row['vg_name']),
      size: Number(row['vg_size']),
      free: Number(row['vg_free']),
    }))
    .sort((a, b) => a.vg.localeCompare(b.vg));
}

/** Names of the thin pools of a volume group, sorted; `not-found` when there is no such group. */
export async function scanThinPools(exec: Exec, context: WorkContext, vg: string): Promise<{ lv: string }[]> {
  const groups = await scanVolumeGroups(exec, context);
  if (!groups.some((group) => group.vg === vg))
    throw new AppError('not-found', `this node has no volume group '${vg}'`, {
      fields: { vg: 'no such volume group' },
    });
  const rows = await report(exec, context, 'lvs', ['lv_name'], ['--select', 'segtype=thin-pool', vg]);
  return rows.map((row) => ({ lv: String(row['lv_name']) })).sort((a, b) => a.lv.localeCompare(b.lv));
}

async function report(
  exec: Exec,
  context: WorkContext,
  program: 'vgs' | 'lvs',
  columns: readonly string[],
  more: readonly string[],
): Promise<Readonly<Record<string, unknown>>[]> {
  const intention = program === 'vgs' ? 'look for volume groups' : 'look for thin pools';
  try {
    const { stdout } = await exec(
      program,
      [...['--reportformat', 'json', '--units', 'b', '--nosuffix', '--options', columns.join(',')], ...more],
      // When LVM complains of one disk it tells of all others.
      { signal: context.signal, intention, timeoutMs: 10_000, okExitCodes: [0, lvmFailed] },
    );
    const parsed = JSON.parse(stdout) as { report: Record<string, Record<string, unknown>[]>[] };
    // Two characters of each program are the name of its rows: `vg`, `lv`.
    return parsed.report.flatMap((part) => part[program.slice(0, 2)] ?? []);
  } catch (error) {
    if (hasCode(error, 'unavailable'))
      throw new AppError('unavailable', `${intention}: install the package lvm2 on this node first`, {
        cause: error,
      });
    throw error;
  }
}
