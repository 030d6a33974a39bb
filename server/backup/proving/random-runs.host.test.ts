// Backups of a guest that writes all the time, while something goes wrong: what is restored is of one moment, and what failed leaves nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { whyNoLibvirtd } from '../../../test/host/libvirtd.ts';
import { eventually } from '../../../test/host/wait.ts';
import { seededRandom } from '../nbd/nbd-fixture.ts';
import { type Fault, faults, type Random } from './faults-fixture.ts';
import { ProvingWorld } from './proving-world-fixture.ts';
import type { Standing } from './serial-line-fixture.ts';
import { whyNoCompiler } from './writing-disks-fixture.ts';

const obstacle = (await whyNoLibvirtd()) ?? whyNoCompiler();
if (obstacle) console.warn(`backups of a guest that writes all the time: skipped, ${obstacle}`);

const seed = Number(process.env['CROFT_PROVING_SEED'] ?? Math.floor(Math.random() * 1e6));
const count = Number(process.env['CROFT_PROVING_RUNS'] ?? 6);
/** Only these, by their names; for looking at one of them. */
const chosen = faults.filter(({ name }) => name.includes(process.env['CROFT_PROVING_FAULT'] ?? ''));
const restoredId = 200;

interface Run {
  readonly number: number;
  readonly fault: Fault;
  readonly params: Readonly<Record<string, string | number>>;
  readonly random: Random;
  readonly name: string;
}

/** Each fault comes once before any comes again; all else of a run is by its number and the seed alone. */
function planRuns(): Run[] {
  const runs: Run[] = [];
  let left: Fault[] = [];
  const order = seededRandom(seed);
  for (let number = 1; number <= count; number += 1) {
    if (left.length === 0) left = [...chosen];
    const [fault] = left.splice(order(left.length), 1);
    const random = seededRandom(seed * 1000 + number);
    const one = <T>(...of: T[]): T => of[random(of.length)]!;
    const params = {
      mode: one('snapshot', 'snapshot', 'suspend'),
      compress: one('zstd', 'zstd', '0', 'gzip', 'lzo'),
      // At least four seconds of reading, so that there is time for faults.
      bwlimit: one(6, 8, 12) * 1024,
    };
    const name = `${fault!.name} (${params.mode}, ${params.compress}, ${params.bwlimit / 1024} MiB/s)`;
    runs.push({ number, fault: fault!, params, random, name });
  }
  return runs;
}

describe.skipIf(obstacle !== undefined)(`a guest that writes, seed ${seed}`, () => {
  const world = new ProvingWorld();
  const started = Date.now();
  beforeAll(async () => {
    process.stderr.write(`CROFT_PROVING_SEED=${seed} CROFT_PROVING_RUNS=${count}\n`);
    await world.open(seed);
  }, 120_000);
  afterAll(async () => {
    await world.close();
    process.stderr.write(`${count} runs took ${Math.round((Date.now() - started) / 1000)} s\n`);
  }, 120_000);

  it.each(planRuns())(
    'run $number: $name',
    async (run) => {
      const { fault, random } = run;
      const generation = await world.freshLife();
      const files = world.target.names();
      await delay(random(1000));
      await fault.before?.(world, random);
      const before = await world.serial.ask('p');
      const upid = await world.startBackup(run.params);
      const begun = () =>
        eventually(
          'its beginning',
          30_000,
          async () => /started backup task|^TASK /m.test(await world.logOf(upid)),
          20,
        );
      /** Of a moment after the backup's, in this life of the guest. */
      let after: Standing | undefined;
      if (fault.whileReading) {
        await begun();
        after = await world.serial.ask('p');
        await delay(random(1500));
      } else if (random(2) === 0) await begun();
      else await delay(random(1000));
      await fault.strike?.({ world, upid, generation, random });
      const end = await world.endOf(upid, 90_000);
      await fault.after?.(world);

      if (fault.ends !== 'either')
        expect(end.status === 'OK', `${end.status}\n${end.log}`).toBe(fault.ends === 'well');
      if (fault.says && end.status !== 'OK') expect(end.status).toMatch(fault.says);
      expect(end.status).not.toMatch(/^$|internal error/);
      await eventually('a clean host', 60_000, async () => {
        const left = await world.leftovers();
        if (left.length > 0) throw new Error(left.join(', '));
        return true;
      });
      expect((await world.config())['lock']).toBeUndefined();
      await expectGuest(fault, generation);

      if (end.status !== 'OK') {
        expect(world.target.names()).toEqual(files);
        return;
      }
      const [archive = '', ...others] = world.archives().filter((name) => !files.includes(`dump/${name}`));
      expect(others).toEqual([]);
      await world.restore(restoredId, archive);
      const moment = world.momentIn(generation, await world.disksOf(restoredId));
      expect(moment.last, 'what was flushed before').toBeGreaterThanOrEqual(before.flushed);
      if (after) expect(moment.last, 'what was begun after').toBeLessThanOrEqual(after.begun);
      else if (!fault.endsGuest) expect(moment.last).toBeLessThanOrEqual((await world.serial.ask('p')).begun);
      await world.remove(restoredId);
      await world.removeArchive(archive);
    },
    240_000,
  );

  /** It is as the fault left it, and if it runs it writes on. */
  async function expectGuest({ endsGuest }: Fault, generation: number): Promise<void> {
    if (endsGuest) {
      expect((await world.status()).status).toBe('stopped');
      return;
    }
    expect(await world.status()).toMatchObject({ status: 'running', qmpstatus: 'running' });
    const now = await world.serial.ask('p', 40_000);
    await world.serial.reaches(now.generation, now.flushed + 200);
    if (now.generation === generation) expect(now.flushed).toBeGreaterThan(0);
  }

  afterEach(({ task }) => {
    if (task.result?.state === 'fail')
      process.stderr.write(`${world.daemon.output.split('\n').slice(-25).join('\n')}\n`);
  });

  it('has lost nothing that it flushed', () => world.assertNothingLost());
});
