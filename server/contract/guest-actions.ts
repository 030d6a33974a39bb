// Which action suits which state of a guest, and why not: one table that the daemon enforces and the UI greys its buttons by.

export const guestActionNames = [
  'start',
  'shutdown',
  'stop',
  'reboot',
  'reset',
  'suspend',
  'resume',
  'console',
  'delete',
] as const;
export type GuestAction = (typeof guestActionNames)[number];

/** States as drivers observe them and as `/cluster/resources` tells them. */
export const guestStates = ['running', 'paused', 'suspended', 'stopped', 'starting', 'stopping'] as const;
export type GuestState = (typeof guestStates)[number];

/** What a guest is, in the API's words: a virtual machine or a container. */
export type GuestKind = 'qemu' | 'lxc';

/** Why an action is refused; a stable word that clients translate. */
export type RefusalReason =
  | 'already-running'
  | 'not-running'
  | 'is-paused'
  | 'is-suspended'
  | 'not-paused'
  | 'still-running'
  | 'still-paused'
  | 'still-suspended'
  | 'is-starting'
  | 'is-stopping'
  | 'is-template'
  | 'is-locked'
  | 'is-protected'
  | 'vm-only'
  | 'node-offline'
  | 'state-unknown';

/** What decides whether an action is possible. */
export interface GuestFacts {
  /** A virtual machine unless it is said. For a container, to suspend is to freeze: it is `paused` then. */
  readonly kind?: GuestKind;
  /** As the API has it; words outside `guestStates` count as not known. */
  readonly status: string;
  readonly template?: boolean;
  /** The lock's name, when an operation holds the guest. */
  readonly lock?: string | undefined;
  /** Protected against removal. */
  readonly protection?: boolean;
  /** False when the guest's node is not reached. */
  readonly nodeOnline?: boolean;
}

type Row = Readonly<Record<GuestState, RefusalReason | undefined>>;

const ok = undefined;

/** One row for each action, one column for each state; nothing in a cell means: go ahead. */
export const guestActionTable: Readonly<Record<GuestAction, Row>> = {
  start: {
    running: 'already-running',
    paused: 'is-paused',
    suspended: 'is-suspended',
    stopped: ok,
    starting: 'is-starting',
    stopping: 'is-stopping',
  },
  // A guest whose processors stand, or that sleeps, does not hear the power button.
  shutdown: {
    running: ok,
    paused: 'is-paused',
    suspended: 'is-suspended',
    stopped: 'not-running',
    starting: 'is-starting',
    stopping: ok,
  },
  stop: { running: ok, paused: ok, suspended: ok, stopped: 'not-running', starting: ok, stopping: ok },
  reboot: {
    running: ok,
    paused: 'is-paused',
    suspended: 'is-suspended',
    stopped: 'not-running',
    starting: 'is-starting',
    stopping: 'is-stopping',
  },
  reset: {
    running: ok,
    paused: ok,
    suspended: 'is-suspended',
    stopped: 'not-running',
    starting: 'is-starting',
    stopping: ok,
  },
  suspend: {
    running: ok,
    paused: 'is-paused',
    suspended: 'is-suspended',
    stopped: 'not-running',
    starting: 'is-starting',
    stopping: 'is-stopping',
  },
  resume: {
    running: 'not-paused',
    paused: ok,
    suspended: ok,
    stopped: 'not-running',
    starting: 'is-starting',
    stopping: 'is-stopping',
  },
  console: {
    running: ok,
    paused: ok,
    suspended: ok,
    stopped: 'not-running',
    starting: 'is-starting',
    stopping: ok,
  },
  delete: {
    running: 'still-running',
    paused: 'still-paused',
    suspended: 'still-suspended',
    stopped: ok,
    starting: 'still-running',
    stopping: 'is-stopping',
  },
};

/** Actions that containers do not know: what has no hardware has no reset button. */
const vmOnly: ReadonlySet<GuestAction> = new Set(['reset']);

/** Where containers differ. A program started in a frozen container stands like the others: a terminal would hang. */
const containerRows: Readonly<Partial<Record<GuestAction, Partial<Row>>>> = {
  console: { paused: 'is-paused' },
};

/** The actions that guests of this kind know, in the order of `guestActionNames`. */
export function guestActionsOf(kind: GuestKind): readonly GuestAction[] {
  return kind === 'lxc' ? guestActionNames.filter((action) => !vmOnly.has(action)) : guestActionNames;
}

/** Actions that an operation's lock does not hold back: looking, and pulling the plug. */
const despiteLock: ReadonlySet<GuestAction> = new Set(['stop', 'console']);

/** And what else a backup lets through: it is read from a moment that is past, whatever the guest does since. */
const whileBackedUp: ReadonlySet<GuestAction> = new Set(['shutdown', 'suspend', 'resume']);

/** What a VM can do whose memory is on a disk: both ways of starting it go on from there. */
const whileHibernated: ReadonlySet<GuestAction> = new Set(['start', 'resume', 'delete']);

/** Why the action is refused now; undefined when it may go ahead. The strongest reason comes first. */
export function refusalOf(action: GuestAction, facts: GuestFacts): RefusalReason | undefined {
  const container = facts.kind === 'lxc';
  if (container && vmOnly.has(action)) return 'vm-only';
  if (facts.nodeOnline === false) return 'node-offline';
  const state = guestStates.find((known) => known === facts.status);
  if (state === undefined) return 'state-unknown';
  if (facts.template && action !== 'delete') return 'is-template';
  const hibernated = !container && facts.lock === 'suspended' && state === 'stopped';
  if (hibernated && action === 'resume') return undefined;
  const refusal = (container ? containerRows[action]?.[state] : undefined) ?? guestActionTable[action][state];
  if (refusal !== undefined) return refusal;
  if (facts.lock && !despiteLock.has(action) && !mayDespite(action, facts.lock, hibernated))
    return 'is-locked';
  if (facts.protection && action === 'delete') return 'is-protected';
  return undefined;
}

function mayDespite(action: GuestAction, lock: string, hibernated: boolean): boolean {
  if (lock === 'backup') return whileBackedUp.has(action);
  return hibernated && whileHibernated.has(action);
}

/** The reasons as English sentences, for the daemon's errors and logs. */
export const refusalSentences: Readonly<Record<RefusalReason, string>> = {
  'already-running': 'it is already running',
  'not-running': 'it is not running',
  'is-paused': 'it is paused: resume it first',
  'is-suspended': 'it is asleep: resume it first',
  'not-paused': 'it is not paused',
  'still-running': 'it is running: stop it first',
  'still-paused': 'it is paused: stop it first',
  'still-suspended': 'it is asleep: stop it first',
  'is-starting': 'it is still starting',
  'is-stopping': 'it is stopping',
  'is-template': 'it is a template: clone it to get a guest that runs',
  'is-locked': 'another operation holds it',
  'is-protected': 'it is protected: switch the protection off in its options first',
  'vm-only': 'only a virtual machine can do that',
  'node-offline': 'its node is not reachable',
  'state-unknown': 'its state is not known',
};
