// The list of twenty storages while one of them hangs, beside the same list while all are well.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestDaemon } from '../test/host/daemon.ts';
import { hangFileSystem } from '../test/host/hung-file-system.ts';
import { median, percentile, type Row, timed } from './bench.ts';

const count = 20;
const calls = 60;
/** Long enough that the hung one has run out of every time limit, and is tried again. */
const forMs = 40_000;
const atMostMs = 100;

export async function measureDead(): Promise<Row[]> {
  const daemon = await new TestDaemon().start();
  let hung: Awaited<ReturnType<typeof hangFileSystem>> | undefined;
  try {
    const folder = (name: string) => join(daemon.folder, name);
    // `local` is the first.
    for (let number = 2; number <= count; number += 1) {
      mkdirSync(folder(`s${number}`));
      await daemon.ok('POST', '/storage', {
        ...{ storage: `s${number}`, type: 'dir', path: folder(`s${number}`), content: 'images' },
      });
    }
    const list = () => daemon.ok<{ active: number }[]>('GET', '/nodes/testnode/storage');
    const took = async (pauseMs: number) => {
      const times: number[] = [];
      for (let call = 0; call < calls; call += 1) {
        times.push(await timed(list));
        await delay(pauseMs);
      }
      return times;
    };
    await list();
    const well = await took(20);
    hung = await hangFileSystem(folder(`s${count}`));
    // From the first moment on: nobody knows yet that it hangs.
    const dead = await took(forMs / calls);
    const statuses = await list();
    const told = statuses.filter(({ active }) => active === 0).length;
    if (statuses.length !== count || told !== 1)
      throw new Error(`of ${statuses.length} storages ${told} are told as dead`);
    const peer = (value: number) => ({ name: 'none of them dead', value });
    return [
      {
        ...{ measure: `list of ${count} storages, one dead: median`, value: median(dead), unit: 'ms' },
        peer: peer(median(well)),
        goal: { of: 'value', atMost: atMostMs },
      },
      {
        ...{ measure: `list of ${count} storages, one dead: slowest of ${calls}`, unit: 'ms' },
        value: Math.max(...dead),
        peer: peer(percentile(well, 1)),
        goal: { of: 'value', atMost: atMostMs },
      },
    ];
  } finally {
    await hung?.end();
    await daemon.dispose();
  }
}
