// The power goes, before and after each program in turn that a call starts: for tests of what is left then, and of doing it again.
import { expect } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import type { Storage } from '../plugin.ts';
import type { FakeGroup } from './lvm-fixture.ts';

const context = quietContext();
/** More programs than any call starts. */
const mostCalls = 60;

export interface PowerRun {
  readonly lvm: FakeGroup;
  /** The storage, by a process of its own. */
  open(): Storage;
  end(): Promise<void>;
}

/** `start` makes the group for each time, `expectWhole` looks at it after a sweep: nothing may be lost. */
export async function cutPowerAtEachCall<R extends PowerRun>(
  start: () => Promise<R>,
  work: (storage: Storage) => Promise<unknown>,
  expectWhole: (storage: Storage, run: R, here: string) => Promise<void>,
): Promise<void> {
  for (const after of [false, true])
    for (let calls = 0; ; calls += 1) {
      const here = `${after ? 'after' : 'before'} ${calls}`;
      const run = await start();
      const halfMade = () => run.lvm.names().filter((name) => name.startsWith('croft-'));
      run.lvm.powerFor = { calls, after };
      const done = await work(run.open()).then(
        () => true,
        () => false,
      );
      const unused = run.lvm.powerFor.calls > 0;
      run.lvm.powerFor = undefined;
      const again = run.open();
      await again.activate(context);
      await again.sweep(context, []);
      expect(halfMade(), here).toEqual([]);
      await expectWhole(again, run, here);
      if (!done)
        await work(again).catch((error: unknown) => {
          if (!/exists already|has a snapshot/.test(String(error))) throw error;
        });
      expect(halfMade(), here).toEqual([]);
      await run.end();
      if (done && unused) break;
      expect(calls).toBeLessThan(mostCalls);
    }
}
