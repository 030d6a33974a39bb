// Tasks on many guests: started in their order, shut down or suspended in its reverse. Each guest has a task of its own below.
// One that fails is warned of, and the others come all the same. Broken off, it goes on with those whose turn has not come.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { Clock } from '../../core/clock.ts';
import { asAppError } from '../../core/errors.ts';
import { type BootWish, bootWishOf } from '../../guests/boot-wish.ts';
import { guestLabel } from '../../guests/config/guest-document.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import { startGroups, stopGroups } from '../../guests/guest-order.ts';
import type { GuestStates } from '../../guests/guest-states.ts';
import type { TaskContext, TaskKind } from '../task.ts';
import type { TaskRunner } from '../task-runner.ts';

export type BulkAction = 'start' | 'shutdown' | 'suspend';

export interface BulkParams {
  readonly vmids: readonly number[];
  /** How many are worked on at the same time, of those whose turn it is. */
  readonly workers: number;
  /** For each shutdown, seconds; undefined: what the guest says, else 180. */
  readonly timeoutSeconds?: number;
  /** End what does not shut down in time. */
  readonly forceStop?: boolean;
  /** Hibernate VMs instead of pausing them. */
  readonly toDisk?: boolean;
  readonly storage?: string;
}

export interface BulkParts {
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly clock: Clock;
  readonly runner: Pick<TaskRunner, 'start' | 'wait'>;
}

/** What the API calls them: on a node, and in the cluster. */
const types: readonly (readonly [type: string, action: BulkAction, label: string])[] = [
  ['startall', 'start', 'Start guests'],
  ['stopall', 'shutdown', 'Stop guests'],
  ['suspendall', 'suspend', 'Suspend guests'],
  ['bulkstart', 'start', 'Start guests'],
  ['bulkshutdown', 'shutdown', 'Shut guests down'],
  ['bulksuspend', 'suspend', 'Suspend guests'],
];

const shutdownSeconds = 180;
const doneWords: Readonly<Record<BulkAction, string>> = {
  start: 'started',
  shutdown: 'shut down',
  suspend: 'suspended',
};

export function guestBulkKinds(parts: BulkParts): TaskKind<BulkParams, object>[] {
  return types.map(([type, action, label]) => ({
    type,
    describe: ({ vmids }) => `${label} (${vmids.length})`,
    objectId: () => '',
    locks: () => [],
    check: async () => {},
    steps: [{ name: 'guests', run: (context, params) => workOnAll(parts, context, action, params) }],
    afterCrash: 'resume',
    cancellable: true,
  }));
}

async function workOnAll(
  parts: BulkParts,
  context: TaskContext,
  action: BulkAction,
  params: BulkParams,
): Promise<void> {
  const wishes = params.vmids.flatMap((vmid) => {
    const document = findGuest(parts.store, vmid);
    return document ? [bootWishOf(document)] : [];
  });
  let done = 0;
  for (const group of action === 'start' ? startGroups(wishes) : stopGroups(wishes)) {
    const waiting = [...group];
    const worker = async () => {
      for (let wish = waiting.shift(); wish; wish = waiting.shift()) {
        context.signal.throwIfAborted();
        await workOn(parts, context, action, params, wish);
        done += 1;
        context.progress(done / wishes.length);
        if (action === 'start' && wish.upSeconds > 0 && done < wishes.length)
          await parts.clock.sleep(wish.upSeconds * 1000, context.signal);
      }
    };
    // All workers end before the task does, also when one of them was told to stop.
    const ends = await Promise.allSettled(Array.from({ length: Math.max(1, params.workers) }, worker));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

/** One guest's task, unless it is where it should be already. */
async function workOn(
  parts: BulkParts,
  context: TaskContext,
  action: BulkAction,
  params: BulkParams,
  wish: BootWish,
): Promise<void> {
  const { vmid, kind } = wish;
  const guest = guestLabel(kind, vmid);
  const state = parts.states.stateOf(vmid);
  const isThere =
    action === 'start'
      ? state !== 'stopped'
      : action === 'shutdown'
        ? state === 'stopped'
        : state !== 'running';
  if (isThere) {
    context.log(`${guest}: nothing to do, it is ${state}`);
    return;
  }
  const { type, childParams } = childOf(action, params, wish, state === 'running');
  try {
    const { requester, upid: parent } = context;
    const child = await parts.runner.start(type, childParams, { requester, parent });
    const end = await parts.runner.wait(child);
    context.signal.throwIfAborted();
    if (end.errorCode === undefined) context.log(`${guest}: ${doneWords[action]}`);
    else context.warn(`${guest}: ${end.exitStatus}`);
  } catch (error) {
    if (context.signal.aborted || context.shuttingDown.aborted) throw error;
    context.warn(`${guest}: ${asAppError(error).message}`);
  }
}

function childOf(
  action: BulkAction,
  params: BulkParams,
  { vmid, kind, downSeconds }: BootWish,
  awake: boolean,
) {
  const prefix = kind === 'lxc' ? 'vz' : 'qm';
  if (action === 'start') return { type: `${prefix}start`, childParams: { vmid } };
  if (action === 'shutdown') {
    const timeoutSeconds = params.timeoutSeconds ?? downSeconds ?? shutdownSeconds;
    const forceStop = params.forceStop ?? true;
    // What stands or sleeps hears no request.
    if (forceStop && !awake) return { type: `${prefix}stop`, childParams: { vmid } };
    return { type: `${prefix}shutdown`, childParams: { vmid, timeoutSeconds, forceStop } };
  }
  if (!params.toDisk) return { type: 'qmpause', childParams: { vmid } };
  const storage = params.storage === undefined ? {} : { storage: params.storage };
  return { type: 'qmsuspend', childParams: { vmid, ...storage } };
}
