// What a step of the installation is, and what all of them work with.

import type { Clock } from '../../../server/core/clock.ts';
import { AppError } from '../../../server/core/errors.ts';
import type { Exec } from '../../../server/core/exec.ts';
import type { WorkContext } from '../../../server/core/work-context.ts';
import type { InstallJob } from '../job.ts';
import type { RunFolder } from '../run-folder.ts';
import type { StatePaths } from '../state-paths.ts';

/** What the steps are given. Handed in, so that tests can replace it. */
export interface StepTools {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly run: RunFolder;
  /** Is there such a device node? */
  readonly exists: (path: string) => Promise<boolean>;
  /** What the image keeps, and where. */
  readonly statePaths: () => Promise<StatePaths>;
}

/** One step: repeatable, and mounting nothing beyond its own end. Devices that it opened may stay open. */
export interface InstallStep {
  /** Kebab-case, stable: tasks store it. */
  readonly name: string;
  /** Its part of the whole time, relative to the other steps'. */
  readonly weight: number;
  /** Rejects with an AppError that names the disk or file; `context.signal` ends it early. */
  run(tools: StepTools, context: WorkContext, job: InstallJob): Promise<void>;
}

const pollMs = 100;

/** Waits until udev has named everything and the nodes are there. `timeout` naming the first that is not, after ten seconds. */
export async function waitForNodes(
  tools: StepTools,
  signal: AbortSignal,
  paths: readonly string[],
): Promise<void> {
  await tools.exec('udevadm', ['settle', '--timeout=30'], {
    timeoutMs: 40_000,
    signal,
    intention: 'wait for the devices',
  });
  for (const path of paths) {
    for (let waited = 0; !(await tools.exists(path)); waited += pollMs) {
      if (waited >= 10_000) throw new AppError('timeout', `${path} did not appear`);
      await tools.clock.sleep(pollMs, signal);
    }
  }
}
