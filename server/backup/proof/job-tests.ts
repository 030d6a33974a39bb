// Trials of a backup job: of which guests the newest backup is tried, and how.
import { defaultTestSeconds } from '../../contract/vzdump-proof.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import type { BackupTestParams } from '../../tasks/kinds/backup-test-one.ts';
import type { JobOptions } from '../jobs/job-document.ts';
import type { ProofStore } from './proof-store.ts';

/** A backup as a storage lists it; `ctime` in seconds since the epoch. */
export interface TriableBackup {
  readonly volid: string;
  readonly vmid?: number | undefined;
  readonly ctime?: number | undefined;
  readonly format?: string | undefined;
}

export interface JobTestParts {
  readonly proofs: Pick<ProofStore, 'of' | 'noteTry'>;
  readonly clock: { now(): number };
  list(context: WorkContext, storage: string): Promise<readonly TriableBackup[]>;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

/** Milliseconds for the list of backups. */
const listMs = 60_000;

/**
 * Tries what the job backed up of these guests, as `test-guests` has it; answers the UPID, undefined when there is nothing to try.
 * `unsupported` for a job that writes to a folder: nothing is known of what lies there.
 */
export async function startJobTests(
  parts: JobTestParts,
  options: JobOptions,
  guests: readonly { readonly vmid: number; readonly kind: GuestKind }[],
): Promise<string | undefined> {
  const { storage } = options;
  if (storage === undefined)
    throw new AppError('unsupported', 'only backups on a storage can be tried, and the job names none');
  const listed = await parts.list(quietContext(AbortSignal.timeout(listMs)), storage);
  const newest = newestOf(listed);
  const tests = guests.flatMap(({ vmid, kind }): BackupTestParams[] => {
    const backup = newest.get(vmid);
    return backup && isOf(kind, backup) ? [testOf(options, backup.volid, vmid, kind)] : [];
  });
  const chosen = options['test-guests'] === 'all' ? tests : longestAgo(tests, parts.proofs);
  const [first, second] = chosen;
  if (!first) return undefined;
  const upid = await parts.startTask('backuptest', second ? { tests: chosen } : first, 'root@pam');
  const now = Math.floor(parts.clock.now() / 1000);
  for (const { vmid } of chosen) await parts.proofs.noteTry(vmid, now);
  return upid;
}

function newestOf(listed: readonly TriableBackup[]): Map<number, TriableBackup> {
  const newest = new Map<number, TriableBackup>();
  for (const backup of listed) {
    if (backup.vmid === undefined) continue;
    const known = newest.get(backup.vmid);
    if (!known || (backup.ctime ?? 0) > (known.ctime ?? 0)) newest.set(backup.vmid, backup);
  }
  return newest;
}

/** A number may have been another guest's. */
function isOf(kind: GuestKind, { volid }: TriableBackup): boolean {
  return /\.vma(\.\w+)?$/.test(volid) === (kind === 'qemu');
}

function testOf(options: JobOptions, volume: string, vmid: number, kind: GuestKind): BackupTestParams {
  const { 'test-wait': wait = 'auto', 'test-port': port, 'test-storage': storage } = options;
  return {
    ...{ volume, kind, vmid },
    // What is meant for guests of the other kind is left to what fits.
    wait: kind === 'qemu' ? (wait === 'port' ? 'auto' : wait) : wait === 'running' ? wait : 'auto',
    port: kind === 'lxc' && wait !== 'running' ? (port ?? null) : null,
    storage: storage ?? null,
    timeoutSeconds: options['test-timeout'] ?? defaultTestSeconds,
  };
}

/** Never tried comes first. */
function longestAgo(tests: readonly BackupTestParams[], proofs: Pick<ProofStore, 'of'>): BackupTestParams[] {
  const triedAt = ({ vmid }: BackupTestParams) => {
    const { newest, triedAt: begun = 0 } = proofs.of(vmid) ?? {};
    return Math.max(newest?.time ?? 0, begun);
  };
  return tests.toSorted((a, b) => triedAt(a) - triedAt(b)).slice(0, 1);
}
