// What goes wrong with a fake driver: how long its actions take, and which of them fail.
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';

/** Actions that can be told to fail. */
export type FakeAction =
  | 'observe'
  | 'stats'
  | 'start'
  | 'stop'
  | 'requestShutdown'
  | 'requestReboot'
  | 'reset'
  | 'pause'
  | 'resume'
  | 'hotPlug'
  | 'console'
  | 'agentCommand'
  | 'snapshotDisks'
  | 'removeDiskSnapshots'
  | 'beginMemorySave'
  | 'finishMemorySave'
  | 'abortMemorySave'
  | 'mirrorDisk'
  | 'switchDisk'
  | 'beginBackup'
  | 'endBackup'
  | 'undefine';

/** What becomes of one action: it takes so long besides, and then it fails. */
export interface Disturbance {
  readonly error?: AppError;
  readonly ms?: number;
}

export class FakeDisturbances {
  readonly #clock: Clock;
  readonly #failures = new Map<FakeAction, AppError[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The next such action fails; several add up. */
  failNext(action: FakeAction, error: AppError): void {
    this.#failures.set(action, [...(this.#failures.get(action) ?? []), error]);
  }

  /** Takes the time, then fails if that was asked for. */
  async meet(action: FakeAction, { error, ms = 0 }: Disturbance, signal?: AbortSignal): Promise<void> {
    if (ms > 0) {
      await this.#clock.sleep(ms, signal).catch((cause: unknown) => {
        throw new AppError('cancelled', 'cancelled', { cause });
      });
    }
    const failure = error ?? this.#failures.get(action)?.shift();
    if (failure) throw failure;
  }
}
