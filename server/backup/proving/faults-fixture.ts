// What goes wrong during a backup, and how it may end then.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../../test/host/wait.ts';
import type { ProvingWorld } from './proving-world-fixture.ts';

const mebibyte = 1024 * 1024;

/** A number from 0 up to the one given, not that itself; from the run's seed. */
export type Random = (below: number) => number;

export interface FaultRun {
  readonly world: ProvingWorld;
  readonly upid: string;
  /** The guest's life. */
  readonly generation: number;
  readonly random: Random;
}

export interface Fault {
  readonly name: string;
  /** `either`: it depends on the moment. */
  readonly ends: 'well' | 'badly' | 'either';
  /** What the task's end says. */
  readonly says?: RegExp;
  /** It ends the guest. */
  readonly endsGuest?: true;
  /** Begun only when the backup shows the disks; otherwise at any moment after it was asked for. */
  readonly whileReading?: true;
  /** Before the backup is asked for. */
  before?(world: ProvingWorld, random: Random): Promise<void>;
  strike?(run: FaultRun): Promise<void>;
  /** When the backup has ended. */
  after?(world: ProvingWorld): Promise<void>;
}

const someMs = (random: Random, most: number) => delay(random(most));

const workerOf = (world: ProvingWorld) => eventually('a worker', 20_000, () => world.worker(), 20);

/** The guest writes on, whatever the backup is at. */
async function writesOn({ world, generation }: FaultRun): Promise<void> {
  await world.serial.reaches(generation, world.serial.flushed(generation) + 300, 10_000);
}

export const faults: readonly Fault[] = [
  { name: 'nothing', ends: 'well' },
  {
    name: 'the target is slow',
    ends: 'well',
    async before({ target }, random) {
      target.bytesPerSecond = (3 + random(4)) * mebibyte;
    },
    strike: writesOn,
    async after({ target }) {
      target.bytesPerSecond = undefined;
    },
  },
  {
    name: 'the target is stuck for a while',
    ends: 'well',
    async strike(run) {
      const over = Promise.withResolvers<void>();
      run.world.target.stall(over.promise);
      try {
        await writesOn(run);
        await someMs(run.random, 6000);
      } finally {
        over.resolve();
      }
    },
  },
  {
    name: 'the target is full',
    ends: 'badly',
    says: /no space|space left|full|room/i,
    async before({ target }, random) {
      target.roomBytes = target.usedBytes() + (1 + random(16)) * mebibyte;
    },
    async after({ target }) {
      target.roomBytes = 1024 * mebibyte;
    },
  },
  {
    name: 'the target is stuck, and the task is cancelled',
    ends: 'badly',
    whileReading: true,
    async strike(run) {
      const over = Promise.withResolvers<void>();
      run.world.target.stall(over.promise);
      try {
        await someMs(run.random, 2000);
        await run.world.cancel(run.upid);
        await writesOn(run);
        // Removing the file waits for the target, too.
        await delay(3000 + run.random(5000));
        await writesOn(run);
      } finally {
        over.resolve();
      }
    },
  },
  {
    name: 'the worker is killed',
    ends: 'badly',
    says: /worker has ended: SIGKILL/,
    async strike({ world, random }) {
      const pid = await workerOf(world);
      await someMs(random, 1500);
      process.kill(pid, 'SIGKILL');
    },
  },
  {
    name: 'the reader stands still for a while',
    ends: 'well',
    async strike({ world, random }) {
      const pid = await workerOf(world);
      await someMs(random, 1500);
      process.kill(pid, 'SIGSTOP');
      await someMs(random, 6000);
      process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'the reader stands still, and the task is cancelled',
    ends: 'badly',
    async strike({ world, upid, random }) {
      const pid = await workerOf(world);
      await someMs(random, 1500);
      process.kill(pid, 'SIGSTOP');
      await someMs(random, 1000);
      await world.cancel(upid);
    },
  },
  {
    name: 'the task is cancelled',
    ends: 'badly',
    strike: async ({ world, upid }) => void (await world.cancel(upid)),
  },
  {
    name: 'libvirtd is killed, and starts again',
    ends: 'either',
    async strike({ world, random }) {
      await world.libvirtd.kill();
      await someMs(random, 3000);
      await world.libvirtd.restart();
    },
    after: (world) => world.reachesQemu(),
  },
  {
    name: 'the daemon is killed, and starts again',
    ends: 'badly',
    says: /interrupted/,
    async strike({ world }) {
      await world.daemon.end('SIGKILL');
      await world.daemon.start();
    },
  },
  {
    name: 'the guest stands for a while',
    ends: 'well',
    async strike({ world, random }) {
      await world.power('suspend');
      await someMs(random, 3000);
      await world.power('resume');
    },
  },
  {
    name: 'the guest resets itself',
    ends: 'well',
    whileReading: true,
    strike: async ({ world }) => world.serial.tell('r'),
  },
  {
    name: 'the guest is stopped',
    ends: 'badly',
    says: /was ended meanwhile/,
    endsGuest: true,
    whileReading: true,
    strike: ({ world }) => world.power('stop'),
  },
  {
    name: 'the guest powers itself off',
    ends: 'badly',
    says: /was ended meanwhile/,
    endsGuest: true,
    whileReading: true,
    strike: async ({ world }) => world.serial.tell('o'),
  },
];
