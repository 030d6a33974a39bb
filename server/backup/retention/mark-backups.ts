// What pruning does with each backup of a storage: keep or remove it, or leave it alone. Pure.
import { zoneClock } from '../../core/zone-clock.ts';
import { type KeepOptions, type KeepRule, keepsAll } from './keep-options.ts';
import { keptBackups, periodsOf } from './kept-backups.ts';

/** The API's words. Only `remove` is ever removed. */
export type BackupMark = 'keep' | 'remove' | 'protected' | 'renamed';

/** What must be known of a backup. Names read by `parseArchiveName` fit. */
export interface PrunableBackup {
  /** Is its name one that backups are given? Others, such as renamed ones, are never removed. */
  readonly standard: boolean;
  /** The kind in its name: `qemu`, `lxc`, `openvz`. */
  readonly kind: string | undefined;
  readonly vmid: number | undefined;
  /** When it was made, in milliseconds since the epoch. By its name: the time of the file changes when it is copied. */
  readonly atMs: number | undefined;
  readonly protected?: boolean | undefined;
}

export interface MarkedBackup<B> {
  readonly backup: B;
  readonly mark: BackupMark;
  /** The option by which it stays; undefined for other marks, and when all stay. */
  readonly keptBy: KeepRule | undefined;
}

/**
 * Marks backups of any guests, in the order given. Each guest (kind and number) is looked at for itself; which backups stay
 * of it is told at `keptBackups`. Protected and renamed backups do not count: they neither are removed nor take the place of
 * another. A backup that is both is `protected`. Of two backups of one guest from the same second the one given first
 * counts as newer.
 *
 * `zone` is the node's time zone (`Europe/Athens`), as days and weeks are local ones; `invalid-input` when it is not known.
 */
export function markBackups<B extends PrunableBackup>(
  backups: readonly B[],
  keep: KeepOptions,
  zone: string,
): MarkedBackup<B>[] {
  const marked: MarkedBackup<B>[] = backups.map((backup) => ({ backup, ...markAlone(backup) }));
  if (keepsAll(keep)) return marked;
  const clock = zoneClock(zone);
  for (const indexes of guestsOf(marked)) {
    indexes.sort((a, b) => timeOf(backups[b]!) - timeOf(backups[a]!));
    const periods = indexes.map((index) => periodsOf(timeOf(backups[index]!), clock));
    for (const [place, keptBy] of keptBackups(periods, keep).entries()) {
      const index = indexes[place]!;
      marked[index] = { backup: backups[index]!, mark: keptBy === undefined ? 'remove' : 'keep', keptBy };
    }
  }
  return marked;
}

/** The mark of a backup when all stay. What cannot be told whose or from when it is, is left alone like what was renamed. */
function markAlone(backup: PrunableBackup): { mark: BackupMark; keptBy: undefined } {
  if (backup.protected) return { mark: 'protected', keptBy: undefined };
  const isKnown = backup.kind !== undefined && backup.vmid !== undefined && Number.isFinite(backup.atMs);
  return { mark: backup.standard && isKnown ? 'keep' : 'renamed', keptBy: undefined };
}

/** Places of the backups to choose from, for each guest. */
function guestsOf(marked: readonly MarkedBackup<PrunableBackup>[]): Iterable<number[]> {
  const guests = new Map<string, number[]>();
  for (const [index, { backup, mark }] of marked.entries()) {
    if (mark !== 'keep') continue;
    const guest = `${backup.kind}/${backup.vmid}`;
    const known = guests.get(guest);
    if (known) known.push(index);
    else guests.set(guest, [index]);
  }
  return guests.values();
}

function timeOf(backup: PrunableBackup): number {
  return backup.atMs ?? 0;
}
