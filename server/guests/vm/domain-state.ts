// libvirt's states and lifecycle events in the words of the guest driver contract.
import { DomainState, LifecycleEvent, PausedReason, StoppedDetail } from 'node-libvirt';
import type { GuestObservation, RunState } from '../guest-driver.ts';

/** A domain's state (and why it is so) as a run state. */
export function runStateOf(state: number, reason = 0): RunState {
  switch (state) {
    case DomainState.running:
    case DomainState.blocked:
      return 'running';
    case DomainState.paused:
      if (reason === PausedReason.startingUp) return 'starting';
      return reason === PausedReason.shuttingDown ? 'stopping' : 'paused';
    case DomainState.pmSuspended:
      return 'suspended';
    case DomainState.shutdown:
      return 'stopping';
    // Kept by QEMU after a panic: its processors stand.
    case DomainState.crashed:
      return 'paused';
    default:
      return 'stopped';
  }
}

/** Why a domain stands that nobody paused; undefined when somebody did, or when it does not stand. */
export function haltOf(state: number, reason: number): 'io-error' | 'crashed' | undefined {
  if (state === DomainState.crashed) return 'crashed';
  if (state !== DomainState.paused) return undefined;
  if (reason === PausedReason.ioError) return 'io-error';
  return reason === PausedReason.crashed ? 'crashed' : undefined;
}

type Observed = Pick<GuestObservation, 'state' | 'reason'>;

/** virDomainEventStartedDetailType: it was asleep. */
const startedByWakeup = 4;
/** virDomainEventSuspendedDetailType: a disk failed. */
const suspendedByIoError = 2;

/** What a lifecycle event says; undefined for those that say nothing about running. */
export function observationOf(event: number, detail: number): Observed | undefined {
  switch (event) {
    case LifecycleEvent.started:
      return { state: 'running', reason: detail === startedByWakeup ? 'resumed' : 'started' };
    case LifecycleEvent.resumed:
      return { state: 'running', reason: 'resumed' };
    case LifecycleEvent.suspended:
      return { state: 'paused', reason: detail === suspendedByIoError ? 'io-error' : 'paused' };
    case LifecycleEvent.pmSuspended:
      return { state: 'suspended', reason: 'paused' };
    case LifecycleEvent.shutdown:
      return { state: 'stopping', reason: 'shutdown' };
    case LifecycleEvent.crashed:
      return { state: 'paused', reason: 'crashed' };
    case LifecycleEvent.stopped:
      return { state: 'stopped', reason: stopReason(detail) };
    default:
      return undefined;
  }
}

function stopReason(detail: number): GuestObservation['reason'] {
  if (detail === StoppedDetail.shutdown) return 'shutdown';
  if (detail === StoppedDetail.crashed) return 'crashed';
  return detail === StoppedDetail.failed ? 'failed' : 'destroyed';
}
