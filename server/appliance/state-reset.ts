// The factory reset's marker: the boot scripts forget the settings when they find it. Also what must not be when one is asked for.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { flushToDiskSync } from '../core/flush-to-disk.ts';
import { writePrivateFile } from '../core/private-file.ts';
import type { AppliancePaths, BootFacts } from './boot-facts.ts';

/** What `apply-state` reads in the marker: settings alone, or guests' disks, ISO images and backups on the local disks too. */
export type ResetExtent = 'settings' | 'everything';

export interface StateReset {
  /** Throws when a reset cannot be now: `unsupported` where there is no state, `wrong-state` naming the guests that run. */
  check(): void;
  /** On the disk when it returns; repeatable. */
  mark(extent: ResetExtent): void;
  /** Takes it back; repeatable. */
  unmark(): void;
}

export interface StateResetParts {
  readonly facts: Pick<BootFacts, 'mode'>;
  readonly paths: Pick<AppliancePaths, 'boot' | 'state'>;
  /** What runs now, as people know it: `100 (web)`. */
  readonly runningGuests: () => readonly string[];
}

/** In `/state`; `apply-state` removes it last. */
const marker = 'reset';

export function createStateReset(parts: StateResetParts): StateReset {
  const { facts, paths } = parts;
  const path = join(paths.state, marker);
  return {
    check() {
      if (facts.mode === 'live')
        throw new AppError('unsupported', 'a live system keeps nothing: a reboot is its reset');
      if (facts.mode === 'none')
        throw new AppError('unsupported', 'this machine does not run the Croft image: it cannot be reset');
      if (!existsSync(join(paths.state, 'schema')) || existsSync(join(paths.boot, 'state-problem')))
        throw new AppError('unavailable', 'the state is not in use: there is nothing that could be reset');
      const running = parts.runningGuests();
      if (running.length > 0)
        throw new AppError(
          'wrong-state',
          `guests are running: ${running.join(', ')}. Shut them down first.`,
          {
            data: { running },
          },
        );
    },
    mark(extent) {
      writePrivateFile(path, `${extent}\n`);
      flushToDiskSync(paths.state);
    },
    unmark() {
      rmSync(path, { force: true });
      flushToDiskSync(paths.state);
    },
  };
}
