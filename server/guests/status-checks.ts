// Two checks of a VM that runs: does the host do its part, and does the guest live? Cheap enough for every look at its state.
import type { ResourceIndex } from '../cluster/resource-index.ts';
import type { Clock } from '../core/clock.ts';
import { activeConfig } from './config/guest-document.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { usedDisksOf } from './config/vm-disks.ts';
import type { GuestAgent } from './guest-agent.ts';
import { readGuest } from './guest-documents.ts';
import { ifReadable } from './readable-config.ts';
import type { VmParts } from './vm-parts.ts';
import { splitVolume } from './volume-names.ts';

export interface StatusChecks {
  readonly host: { readonly status: 'ok' | 'failed'; readonly problems: string[] };
  readonly guest: { readonly status: 'ok' | 'failed' | 'unknown'; readonly by: 'agent' | 'activity' };
}

export interface StatusCheckParts {
  readonly vmParts: Pick<VmParts, 'node' | 'store' | 'states'>;
  readonly index: Pick<ResourceIndex, 'get'>;
  readonly agent: Pick<GuestAgent, 'ask'>;
  readonly clock: Clock;
}

/** An agent is asked no more often than this, whoever looks. */
const agentFreshMs = 30_000;
/** An answer older than this says nothing of now. */
const agentStaleMs = 120_000;
/** A guest that has moved nothing for so long counts as dead. */
const silenceMs = 300_000;

/** What is known of one run of a guest. */
interface Pulse {
  readonly startedAt: number | undefined;
  askedAt: number;
  answered: { readonly at: number; readonly well: boolean } | undefined;
  counters: string;
  /** When the counters were last seen to change; undefined before the first change. */
  movedAt: number | undefined;
  readonly since: number;
}

/** `undefined` of a VM that is off. Nothing is waited for: an agent's answer is there at the next look. */
export function createStatusChecks({ vmParts, index, agent, clock }: StatusCheckParts) {
  const { node, store, states } = vmParts;
  const pulses = new Map<number, Pulse>();

  function hostProblems(vmid: number): string[] {
    const observed = states.observed(vmid);
    const problems: string[] = [];
    if (observed?.pid === undefined) problems.push('its process is not known');
    if (observed?.halted === 'io-error')
      problems.push('it stands because a disk could not be written to or read');
    if (observed?.halted === 'crashed') problems.push('its system has crashed');
    const disks = () => usedDisksOf(activeConfig(readGuest(store, vmid)));
    const used = ifReadable(() => disks().map(({ volume }) => splitVolume(volume).storage));
    for (const storage of new Set(used)) {
      const line = index.get(`storage/${node}/${storage}`);
      if (line?.status !== 'available') problems.push(`storage '${storage}' cannot be used`);
    }
    return problems;
  }

  function pulseOf(vmid: number): Pulse {
    const startedAt = states.observed(vmid)?.startedAt;
    const known = pulses.get(vmid);
    if (known && known.startedAt === startedAt) return known;
    const fresh: Pulse = {
      ...{ startedAt, askedAt: Number.NEGATIVE_INFINITY, answered: undefined },
      ...{ counters: countersOf(vmid), movedAt: undefined, since: clock.now() },
    };
    pulses.set(vmid, fresh);
    return fresh;
  }

  function countersOf(vmid: number): string {
    const { netin = 0, netout = 0, diskread = 0, diskwrite = 0 } = index.get(`qemu/${vmid}`) ?? {};
    return [netin, netout, diskread, diskwrite].join(' ');
  }

  function byAgent(vmid: number, pulse: Pulse): StatusChecks['guest'] {
    const now = clock.now();
    if (now - pulse.askedAt >= agentFreshMs) {
      pulse.askedAt = now;
      const note = (well: boolean) => {
        pulse.answered = { at: clock.now(), well };
      };
      agent.ask(vmid, 'guest-ping').then(
        () => note(true),
        () => note(false),
      );
    }
    const { answered } = pulse;
    if (!answered || now - answered.at > agentStaleMs) return { status: 'unknown', by: 'agent' };
    return { status: answered.well ? 'ok' : 'failed', by: 'agent' };
  }

  function byActivity(vmid: number, pulse: Pulse): StatusChecks['guest'] {
    const now = clock.now();
    const counters = countersOf(vmid);
    if (counters !== pulse.counters) {
      pulse.counters = counters;
      pulse.movedAt = now;
    }
    const silent = now - (pulse.movedAt ?? pulse.since) >= silenceMs;
    return { status: silent ? 'failed' : pulse.movedAt === undefined ? 'unknown' : 'ok', by: 'activity' };
  }

  return (vmid: number): StatusChecks | undefined => {
    const state = states.stateOf(vmid);
    if (state === 'stopped') {
      pulses.delete(vmid);
      return undefined;
    }
    const problems = hostProblems(vmid);
    const host = { status: problems.length === 0 ? ('ok' as const) : ('failed' as const), problems };
    const pulse = pulseOf(vmid);
    const config = activeConfig(readGuest(store, vmid));
    const hasAgent = ifReadable(() => readVmConfig({ vmid, config }).agent.enabled) ?? false;
    // One that stands or sleeps cannot show that it lives.
    if (state !== 'running')
      return { host, guest: { status: 'unknown', by: hasAgent ? 'agent' : 'activity' } };
    return { host, guest: hasAgent ? byAgent(vmid, pulse) : byActivity(vmid, pulse) };
  };
}
