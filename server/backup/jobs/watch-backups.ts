// Keeps the lists telling when each guest of this node was last backed up, and whose backup is missing.
import { setImmediate as turn } from 'node:timers/promises';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { ResourceItem } from '../../contract/resources.ts';
import type { Clock } from '../../core/clock.ts';
import { asAppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { findGuest, listGuests } from '../../guests/guest-documents.ts';
import type { GuestProofs } from '../proof/proof-store.ts';
import { parseCalendarEvent } from '../schedule/calendar-event.ts';
import { backupAlert, type CoveringJob, expectedSince } from './backup-alerts.ts';
import type { BackupJob } from './job-document.ts';
import type { JobService } from './job-service.ts';
import type { NewestBackups } from './newest-backups.ts';

export interface BackupWatchParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly jobs: Pick<JobService, 'coverage'>;
  readonly newest: Pick<NewestBackups, 'refresh' | 'of' | 'complete'>;
  /** What came of trying restores. */
  readonly proofs?: { of(vmid: number): GuestProofs | undefined };
  readonly index: {
    get(id: string): ResourceItem | undefined;
    set(item: ResourceItem): void;
  };
  zone(): string;
}

/** So many guests are looked at before other work has its turn. */
const guestsAtOnce = 200;
/** Milliseconds between two readings of the storages. */
const intervalMs = 10 * 60_000;
/** Milliseconds: so long nobody is told late because of a storage that has not answered since the start. */
const patienceMs = 24 * 60 * 60_000;

export interface BackupWatch {
  /** Reads the storages now and tells what is new; joins a reading that is under way. */
  refresh(): Promise<void>;
  /** Tells what came of trying a restore of the guest. */
  showProofs(vmid: number): void;
  close(): void;
}

/** From now on, until closed. */
export function watchBackups(parts: BackupWatchParts): BackupWatch {
  const { node, store, clock, log, newest, index } = parts;
  const closing = new AbortController();
  const began = clock.now();

  /** By job, for one look: many guests have the same. */
  function coveringBy(): (job: BackupJob) => CoveringJob {
    const known = new Map<string, CoveringJob>();
    return (job) => {
      const covering = known.get(job.id) ?? { since: job.since, expectedAt: expectedAt(job) };
      known.set(job.id, covering);
      return covering;
    };
  }

  /** What goes to a folder is on no list: nobody can say that it is missing. */
  function expectedAt({ options }: BackupJob): number | undefined {
    if (options.dumpdir !== undefined) return undefined;
    try {
      return expectedSince(parseCalendarEvent(options.schedule), clock.now(), parts.zone());
    } catch {
      // Shown with the job.
      return undefined;
    }
  }

  async function show(): Promise<void> {
    const now = clock.now();
    const isKnown = newest.complete || now - began > patienceMs;
    const jobs = await parts.jobs.coverage();
    const covering = coveringBy();
    for (const [at, { vmid, kind, node: owner, createdAt, config }] of listGuests(store).entries()) {
      if (at % guestsAtOnce === guestsAtOnce - 1) await turn();
      const item = owner === node ? index.get(`${kind}/${vmid}`) : undefined;
      if (!item) continue;
      const newestAt = newest.of(vmid);
      const guest = { createdAt, newestAt, template: String(config['template'] ?? 0) === '1' };
      const alert = isKnown ? backupAlert(guest, (jobs.get(vmid) ?? []).map(covering), now) : undefined;
      const { backupAt: _, backupAlert: before, ...rest } = withProofs(item, vmid, createdAt);
      if (alert?.kind === 'late' && before !== 'late')
        log.warn({ vmid, due: new Date(alert.dueAt).toISOString() }, 'a guest has no recent backup');
      index.set({
        ...rest,
        ...(newestAt === undefined ? {} : { backupAt: Math.floor(newestAt / 1000) }),
        ...(alert === undefined ? {} : { backupAlert: alert.kind }),
      });
    }
  }

  /** A number that was another guest's says nothing of this one. */
  function withProofs(item: ResourceItem, vmid: number, createdAt: number): ResourceItem {
    const { provenAt: _at, proofAlert: _alert, proofProblem: _problem, ...rest } = item;
    const { provenAt = 0, newest: tried } = parts.proofs?.of(vmid) ?? {};
    const isOurs = (seconds: number) => seconds * 1000 > createdAt;
    const problem = tried?.state === 'failed' && isOurs(tried.time) ? (tried.problem ?? '') : undefined;
    return {
      ...rest,
      ...(isOurs(provenAt) ? { provenAt } : {}),
      ...(problem === undefined ? {} : { proofAlert: 'failed', proofProblem: problem }),
    };
  }

  function showProofs(vmid: number): void {
    const guest = findGuest(store, vmid);
    const item = guest?.node === node ? index.get(`${guest.kind}/${vmid}`) : undefined;
    if (guest && item) index.set(withProofs(item, vmid, guest.createdAt));
  }

  async function refresh(): Promise<void> {
    await newest.refresh();
    if (!closing.signal.aborted) await show();
  }

  async function keepReading(): Promise<void> {
    while (!closing.signal.aborted) {
      await refresh().catch((error: unknown) => {
        const { message, detail } = asAppError(error);
        log.error({ detail }, `looking for missing backups: ${message}`);
      });
      await clock.sleep(intervalMs, closing.signal).catch(() => {});
    }
  }

  void keepReading();
  return { refresh, showProofs, close: () => closing.abort() };
}
