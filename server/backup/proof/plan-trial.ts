// What a backup becomes while it is tried: read from its archive, made harmless, as the parameters of a restore to a trial's number.
import type { TestWait } from '../../contract/vzdump-proof.ts';
import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import { configurationIn } from '../../guests/restore-requests.ts';
import type { CtRestoreParams } from '../../tasks/kinds/restore-ct.ts';
import type { VmRestoreParams } from '../../tasks/kinds/restore-vm.ts';
import { withArchive } from '../restore/archive-access.ts';
import type { ArchiveWorker } from '../restore/archive-worker.ts';
import { readCtBackupConf } from '../restore/ct-backup-conf.ts';
import { planCtRestore } from '../restore/plan-ct-restore.ts';
import { planVmRestore } from '../restore/plan-vm-restore.ts';
import { readVmBackupConf } from '../restore/vm-backup-conf.ts';
import { isolateCt } from './isolate-ct.ts';
import { isolateVm } from './isolate-vm.ts';
import { type ResolvedWait, resolveWait } from './trial.ts';
import { trialMemory } from './trial-memory.ts';

/** What is to be tried, and how. */
export interface TrialWish {
  /** Volume id of the backup. */
  readonly volume: string;
  readonly kind: GuestKind;
  /** The guest that was backed up. */
  readonly vmid: number;
  readonly wait: TestWait;
  readonly port: number | null;
  /** Of all volumes; null: where each was, as far as there is such a storage here. */
  readonly storage: string | null;
}

export interface TrialPlan {
  /** The task that makes the guest, and its parameters. */
  readonly restore:
    | { readonly type: 'qmrestore'; readonly params: VmRestoreParams }
    | { readonly type: 'vzrestore'; readonly params: CtRestoreParams };
  readonly wait: ResolvedWait;
  readonly notes: readonly string[];
  /** MiB, when it has less than it had. */
  readonly memoryMib: number | undefined;
  /** What it takes, for room: sizes of volumes, as large as they can become. */
  readonly volumes: readonly { readonly storage: string; readonly sizeBytes: number }[];
  readonly archiveBytes: number;
}

export interface PlanParts extends Pick<CtTaskParts, 'store' | 'storages'> {
  readonly archives: Pick<ArchiveWorker, 'describe' | 'describeTree'>;
  /** For new guests: the API's `meta` value. */
  meta(): string;
  /** Bytes that programs could get now; undefined: the memory is not looked at. */
  readonly availableMemory?: () => number;
}

/** Reads the beginning of the archive. `invalid-input` for one that no guest can be made of, `no-capacity` for too little memory. */
export async function planTrial(
  parts: PlanParts,
  context: WorkContext,
  wish: TrialWish,
  trialId: number,
): Promise<TrialPlan> {
  const { kind } = wish;
  const memoryFor = (mib: number) =>
    parts.availableMemory ? trialMemory(kind, parts.availableMemory(), mib) : mib;
  return kind === 'qemu'
    ? await planVm(parts, context, wish, trialId, memoryFor)
    : await planCt(parts, context, wish, trialId, memoryFor);
}

type Plan = (
  parts: PlanParts,
  context: WorkContext,
  wish: TrialWish,
  trialId: number,
  memoryFor: (mib: number) => number,
) => Promise<TrialPlan>;

const planVm: Plan = async (parts, context, wish, vmid, memoryFor) => {
  const { storages, archives } = parts;
  const told = await withArchive(parts, context, wish.volume, (file) => archives.describe(context, file));
  const conf = readVmBackupConf(configurationIn(told.texts, 'qemu'), told.disks);
  const harmless = isolateVm(conf, memoryFor);
  const { change, disks, notes } = planVmRestore(harmless.conf, {
    ...{ vmid, override: {}, unique: true, current: {}, discs: new Set<string>(), meta: parts.meta() },
    storageFor: (before) => storageFor(storages.imageStorages(), 'disk images', wish.storage, before),
    formatOn: () => undefined,
  });
  const params: VmRestoreParams = {
    ...{ vmid, archive: wish.volume, change, disks, force: false, start: false, notes: [] },
    trial: wish.volume,
  };
  return {
    restore: { type: 'qmrestore', params },
    ...common(wish, vmid, change.config, harmless, notes),
    volumes: change.allocations.map(({ storage, sizeBytes = 0 }) => ({ storage, sizeBytes })),
    archiveBytes: told.archiveBytes,
  };
};

const planCt: Plan = async (parts, context, wish, vmid, memoryFor) => {
  const { storages, archives } = parts;
  const told = await withArchive(parts, context, wish.volume, (file) => archives.describeTree(context, file));
  const harmless = isolateCt(readCtBackupConf(configurationIn(told.texts, 'lxc')), memoryFor);
  const { change, held, notes } = planCtRestore(harmless.conf, {
    ...{ vmid, override: {}, unique: true, current: sameWalls(parts, wish), mayReachHost: false },
    scripts: new Set<string>(),
    bindComplaint: () => 'is not handed to a guest that is only tried',
    storageFor: (before) =>
      storageFor(storages.rootStorages(), 'volumes of containers', wish.storage, before),
    makesTrees: (storage) => storages.rootFormat(storage, undefined) === 'subvol',
  });
  const params: CtRestoreParams = {
    ...{ vmid, archive: wish.volume, change, held, force: false, start: false, notes: [], lenient: true },
    trial: wish.volume,
  };
  return {
    restore: { type: 'vzrestore', params },
    ...common(wish, vmid, change.config, harmless, notes),
    volumes: change.allocations.map(({ storage, sizeBytes }) => ({ storage, sizeBytes })),
    archiveBytes: told.archiveBytes,
  };
};

function common(
  wish: TrialWish,
  vmid: number,
  config: VmConfig,
  harmless: { readonly notes: readonly string[]; readonly memoryMib: number; readonly isCapped: boolean },
  notes: readonly string[],
) {
  return {
    wait: resolveWait(wish.kind, vmid, config, wish),
    notes: [...harmless.notes, ...notes],
    memoryMib: harmless.isCapped ? harmless.memoryMib : undefined,
  };
}

/** Features that weaken the walls it has as long as the guest itself, which is still there, has the same. */
function sameWalls({ store }: PlanParts, { vmid, kind }: TrialWish): VmConfig {
  const original = findGuest(store, vmid);
  const features = original?.kind === kind ? original.config['features'] : undefined;
  return features === undefined ? {} : { features };
}

function storageFor(
  here: readonly string[],
  words: string,
  wish: string | null,
  before: string | undefined,
): string {
  const chosen = wish ?? (before !== undefined && here.includes(before) ? before : here[0]);
  if (chosen !== undefined && here.includes(chosen)) return chosen;
  // No fault of the backup.
  const which =
    chosen === undefined ? 'there is no storage that' : `there is no storage '${chosen}' now that`;
  throw new AppError('unavailable', `${which} can hold ${words}`);
}
