// Every guest's line in the lists: its document, its observed state and its newest measurements put together.
import type { ClusterStore, StoredDocument } from '../cluster/cluster-store.ts';
import type { ResourceIndex } from '../cluster/resource-index.ts';
import type { ResourceItem } from '../contract/resources.ts';
import { type GuestDocument, guestKinds } from './config/guest-document.ts';
import { summarizeConfig } from './config-summary.ts';
import type { RunState } from './guest-driver.ts';
import type { GuestStates } from './guest-states.ts';

/** Rates and sizes of one guest as the sampler last saw them. Bytes, and fractions of all its processors. */
export interface GuestMeasures {
  readonly cpu: number;
  readonly mem: number;
  /** Of containers. */
  readonly swap?: number;
  readonly netin: number;
  readonly netout: number;
  readonly diskread: number;
  readonly diskwrite: number;
}

export interface GuestBoard {
  /** Takes the newest measurements of the guests that run. */
  measure(vmid: number, measures: GuestMeasures, now: number): void;
  close(): void;
}

export interface GuestBoardParts {
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly index: ResourceIndex;
  /** The pools that guests are in; without it they are in none. */
  readonly pools?: {
    poolOf(vmid: number): string | undefined;
    watch(listener: (changed: { readonly vms: readonly number[] }) => void): () => void;
  };
}

/** Fills the index with all guests and keeps their lines fresh. */
export function createGuestBoard({ store, states, index, pools }: GuestBoardParts): GuestBoard {
  function show(document: StoredDocument | undefined, vmid: number): void {
    const guest = document?.value as GuestDocument | undefined;
    for (const kind of guestKinds) if (guest?.kind !== kind) index.remove(`${kind}/${vmid}`);
    // A temporary one, which only shows whether a backup comes up.
    if (!guest || guest.trial !== undefined) return;
    const pool = pools?.poolOf(vmid);
    const item = guestItem(guest, states, index.get(`${guest.kind}/${vmid}`));
    index.set(pool === undefined ? item : { ...item, pool });
  }

  for (const document of store.list('guests')) show(document, (document.value as GuestDocument).vmid);
  const stopStore = store.watch('guests', (change) =>
    show(change.document, Number(change.key.split('/')[1])),
  );
  const showAgain = (vmid: number): void => {
    const document = store.read(`guests/${vmid}`);
    if (document) show(document, vmid);
  };
  const stopStates = states.watch(({ vmid }) => showAgain(vmid));
  const stopPools = pools?.watch(({ vms }) => vms.forEach(showAgain));

  return {
    measure(vmid, measures, now) {
      const startedAt = states.observed(vmid)?.startedAt;
      if (states.stateOf(vmid) === 'stopped') return;
      // Does nothing for the kind that the guest is not of.
      for (const kind of guestKinds)
        index.patch(`${kind}/${vmid}`, {
          ...measures,
          uptime: startedAt === undefined ? 0 : Math.max(0, Math.round((now - startedAt) / 1000)),
        });
    },
    close() {
      stopStore();
      stopStates();
      stopPools?.();
    },
  };
}

/** The coarse state of the API: a paused guest counts as running. */
function coarseState(state: RunState): 'running' | 'stopped' {
  return state === 'stopped' ? 'stopped' : 'running';
}

function guestItem(
  document: GuestDocument,
  states: GuestStates,
  before: ResourceItem | undefined,
): ResourceItem {
  const { kind, vmid, node } = document;
  const state = states.stateOf(vmid);
  const observed = states.observed(vmid);
  const running = state !== 'stopped';
  return {
    id: `${kind}/${vmid}`,
    type: kind,
    node,
    vmid,
    status: coarseState(state),
    ...(running && state !== 'running' ? { qmpstatus: state } : {}),
    ...summarizeConfig(document),
    ...measuresOf(running ? before : undefined),
    ...agentFactsOf(running ? before : undefined),
    ...backupFactsOf(before),
    uptime:
      running && observed?.startedAt !== undefined
        ? Math.max(0, Math.round((Date.now() - observed.startedAt) / 1000))
        : 0,
    ...(observed?.accelerated === undefined ? {} : { accelerator: observed.accelerated ? 'kvm' : 'tcg' }),
  };
}

/** As measurements do. */
function agentFactsOf({ addresses, os }: Pick<ResourceItem, 'addresses' | 'os'> = {}) {
  return { ...(addresses === undefined ? {} : { addresses }), ...(os === undefined ? {} : { os }) };
}

/** Whoever watches the backups says so, whatever becomes of the guest meanwhile. */
function backupFactsOf(before: Partial<ResourceItem> = {}) {
  const { backupAt, backupAlert, provenAt, proofAlert, proofProblem } = before;
  return {
    ...(backupAt === undefined ? {} : { backupAt }),
    ...(backupAlert === undefined ? {} : { backupAlert }),
    ...(provenAt === undefined ? {} : { provenAt }),
    ...(proofAlert === undefined ? {} : { proofAlert }),
    ...(proofProblem === undefined ? {} : { proofProblem }),
  };
}

/** Measurements outlive a change of the configuration, not the guest's run. */
function measuresOf(before: ResourceItem | undefined): GuestMeasures & { disk: number } {
  const { cpu = 0, mem = 0, swap, netin = 0, netout = 0, diskread = 0, diskwrite = 0 } = before ?? {};
  const swapped = swap === undefined ? {} : { swap };
  return { cpu, mem, ...swapped, disk: 0, netin, netout, diskread, diskwrite };
}
