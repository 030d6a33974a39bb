// The events of domains: their numbers, and how their messages are read.
import { type DomainRef, type ParameterValue, readDomain, readParameters } from './domain-codec.ts';
import type { XdrDecoder } from './xdr-decoder.ts';

/** What each kind of event carries. Numbers are libvirt's, see `constants.ts`. */
export interface DomainEvents {
  /** `LifecycleEvent` and its detail. */
  lifecycle: { domain: DomainRef; event: number; detail: number };
  /** The guest was reset, by itself or from outside. */
  reboot: { domain: DomainRef };
  /** Action: 0 none, 1 pause, 2 reset, 3 power off, 4 shut down, 5 debug, 6 NMI. */
  watchdog: { domain: DomainRef; action: number };
  /** Action: 0 nothing, 1 paused, 2 told the guest. `reason`: `enospc` or empty. */
  'io-error': { domain: DomainRef; path: string; alias: string; action: number; reason: string };
  'pm-wakeup': { domain: DomainRef };
  'pm-suspend': { domain: DomainRef };
  'balloon-change': { domain: DomainRef; actualKib: number };
  'device-removed': { domain: DomainRef; alias: string };
  'device-added': { domain: DomainRef; alias: string };
  'device-removal-failed': { domain: DomainRef; alias: string };
  /** `AgentState`. */
  'agent-lifecycle': { domain: DomainRef; state: number; reason: number };
  'block-job': { domain: DomainRef; disk: string; type: number; status: number };
  /** A job of the domain has ended: `operation` (`JobOperation`), `success`, `errmsg` and its figures. */
  'job-completed': { domain: DomainRef; values: ReadonlyMap<string, ParameterValue> };
  'block-threshold': {
    domain: DomainRef;
    device: string;
    path: string | undefined;
    thresholdBytes: number;
    excessBytes: number;
  };
}

export type DomainEventName = keyof DomainEvents;

interface EventKind<K extends DomainEventName> {
  /** virDomainEventID, to register. */
  readonly eventId: number;
  /** Number of the message that carries it. */
  readonly procedure: number;
  /** Reads what follows the callback's number. */
  readonly read: (decoder: XdrDecoder) => DomainEvents[K];
}

const domainOnly = (d: XdrDecoder) => ({ domain: readDomain(d) });
const domainAndAlias = (d: XdrDecoder) => ({ domain: readDomain(d), alias: d.string() });
/** The messages of sleeping and waking carry a reason, always 0, before the domain. */
const reasonAndDomain = (d: XdrDecoder) => {
  d.i32();
  return { domain: readDomain(d) };
};

export const domainEventKinds: { readonly [K in DomainEventName]: EventKind<K> } = {
  lifecycle: {
    eventId: 0,
    procedure: 318,
    read: (d) => ({ domain: readDomain(d), event: d.i32(), detail: d.i32() }),
  },
  reboot: { eventId: 1, procedure: 319, read: domainOnly },
  watchdog: { eventId: 3, procedure: 321, read: (d) => ({ domain: readDomain(d), action: d.i32() }) },
  'io-error': {
    eventId: 6,
    procedure: 324,
    read: (d) => ({
      domain: readDomain(d),
      path: d.string(),
      alias: d.string(),
      action: d.i32(),
      reason: d.string(),
    }),
  },
  'pm-wakeup': { eventId: 11, procedure: 329, read: reasonAndDomain },
  'pm-suspend': { eventId: 12, procedure: 330, read: reasonAndDomain },
  'balloon-change': {
    eventId: 13,
    procedure: 331,
    read: (d) => ({ domain: readDomain(d), actualKib: Number(d.u64()) }),
  },
  'device-removed': { eventId: 15, procedure: 333, read: domainAndAlias },
  'block-job': {
    eventId: 16,
    procedure: 339,
    read: (d) => ({ domain: readDomain(d), disk: d.string(), type: d.i32(), status: d.i32() }),
  },
  'agent-lifecycle': {
    eventId: 18,
    procedure: 348,
    read: (d) => ({ domain: readDomain(d), state: d.i32(), reason: d.i32() }),
  },
  'device-added': { eventId: 19, procedure: 354, read: domainAndAlias },
  'job-completed': {
    eventId: 21,
    procedure: 363,
    read: (d) => ({ domain: readDomain(d), values: readParameters(d) }),
  },
  'device-removal-failed': { eventId: 22, procedure: 367, read: domainAndAlias },
  'block-threshold': {
    eventId: 24,
    procedure: 385,
    read: (d) => ({
      domain: readDomain(d),
      device: d.string(),
      path: d.optionalString(),
      thresholdBytes: Number(d.u64()),
      excessBytes: Number(d.u64()),
    }),
  },
};
