// Many containers: twenty created at once beside the same by hand, and the list of all that run beside `lxc-ls`.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exec } from '../server/core/exec.ts';
import { median, type Row, timed } from './bench.ts';
import { memoryOf } from './child-server.ts';
import { ByHand } from './ct-by-hand.ts';
import { type CloningStorage, type CtBench, firstVmid } from './ct-host.ts';

const atOnce = 20;
const crowd = 100;
/** No more are begun after this time, milliseconds. */
const fillWithinMs = 60_000;
const abreast = 4;
const rounds = 40;
const lsRounds = 5;

export async function measureCrowd(
  bench: CtBench,
  storage: CloningStorage,
  note: (line: string) => void,
): Promise<Row[]> {
  const numbers = Array.from({ length: crowd }, (_, index) => firstVmid + 50 + index);
  const first = numbers.slice(0, atOnce);
  await bench.createAndStart(firstVmid, storage);
  const hand = new ByHand(bench, storage, firstVmid);
  let byHand: number;
  try {
    byHand = await timed(() =>
      Promise.all(
        first.map(async (number) => {
          await hand.clone(number);
          await hand.create(number);
          await hand.start(number);
        }),
      ),
    );
  } finally {
    await hand.close();
  }
  await bench.power(firstVmid, 'stop');
  await bench.remove(firstVmid);
  const ours = await timed(() => Promise.all(first.map((vmid) => bench.createAndStart(vmid, storage))));

  const { daemon } = bench.world;
  const before = memoryOf(daemon.pid).rss;
  const running = atOnce + (await fill(bench, storage, numbers.slice(atOnce)));
  // What runs inside has begun by then.
  await delay(2000);
  const lists: number[] = [];
  for (let round = -5; round < rounds; round += 1) {
    const ms = await timed(() => daemon.ok('GET', '/nodes/testnode/lxc'));
    if (round >= 0) lists.push(ms);
  }
  const listed = await daemon.ok<{ status: string }[]>('GET', '/nodes/testnode/lxc');
  const up = listed.filter(({ status }) => status === 'running').length;
  const named: number[] = [];
  for (let round = 0; round < lsRounds; round += 1)
    named.push(
      await timed(() => exec('lxc-ls', ['-P', join(bench.world.base, 'lxcpath'), '--active', '--fancy'])),
    );
  note(
    `${running} containers ran, ${up} of them listed as running; the daemon, from its sources, has ${memoryOf(daemon.pid).rss.toFixed(0)} MiB then, ${before.toFixed(0)} with ${atOnce}`,
  );
  const row = (measure: string, value: number, name: string, peer: number): Row => ({
    ...{ measure, value, unit: 'ms' as const },
    peer: { name, value: peer },
  });
  return [
    row(`${atOnce} created and started at once`, ours, 'the same by hand at once', byHand),
    row(`list with ${up} running`, median(lists), 'lxc-ls --active --fancy', median(named)),
  ];
}

/** Creates and starts them, some abreast, as many as time and machine allow; answers how many. */
async function fill(bench: CtBench, storage: CloningStorage, numbers: readonly number[]): Promise<number> {
  const until = performance.now() + fillWithinMs;
  const waiting = [...numbers];
  let made = 0;
  const work = async () => {
    for (
      let vmid = waiting.shift();
      vmid !== undefined && performance.now() < until;
      vmid = waiting.shift()
    ) {
      await bench.createAndStart(vmid, storage);
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: abreast }, work));
  return made;
}
