// Waiting for trials: what counts as having come up, what as trouble, and that being broken off is neither.
import { describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { quietContext } from '../../core/work-context.ts';
import type { GuestObservation, GuestStats, RunState } from '../../guests/guest-driver.ts';
import { type CtWaitParts, ctComesUp } from './ct-waits.ts';
import { readPicture } from './screen-picture.ts';
import type { Trial } from './trial.ts';
import { type VmWaitParts, vmComesUp } from './vm-waits.ts';

const trial: Trial = { kind: 'qemu', vmid: 999_000_001, wait: 'agent', port: null, timeoutSeconds: 120 };

/** A guest whose state at each second the test says. */
function world(at: (second: number) => Partial<Guest>) {
  let nowMs = 1_000_000;
  const second = () => (nowMs - 1_000_000) / 1000;
  const guest = (): Guest => ({ ...usual, ...at(second()) });
  const listeners = new Set<(observation: GuestObservation) => void>();
  const looks: number[] = [];
  const states = {
    stateOf: () => guest().state,
    observed: () => ({ pid: 77, accelerated: true, halted: guest().halted }),
    watch(listener: (observation: GuestObservation) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const clock = {
    now: () => nowMs,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      looks.push(second());
      nowMs += ms;
      if (guest().resets)
        for (const tell of listeners) tell({ vmid: trial.vmid, state: 'running', reason: 'reset' });
    },
  };
  const driver = {
    async agentCommand(_vmid: number, command: string) {
      if (!guest().agent) throw new AppError('timeout', 'silent');
      return command.includes('osinfo') ? guest().osinfo : '{"return":{}}';
    },
    stats: async () => [
      { vmid: trial.vmid, diskReadBytes: guest().readMib * mebibyte, cpuTimeNs: 0 } as GuestStats,
    ],
    async screenshot() {
      const { lit } = guest();
      if (lit === undefined) throw new AppError('unavailable', 'no screen');
      const pixels = Buffer.alloc(80 * 25 * 3);
      for (const pixel of lit) pixels.fill(255, pixel * 3, pixel * 3 + 3);
      return {
        mimeType: 'image/x-portable-pixmap',
        data: Buffer.concat([Buffer.from('P6\n80 25\n255\n'), pixels]),
      };
    },
    async exec(_context: unknown, _vmid: number, argv: readonly string[]) {
      return { exitCode: 0, stderr: '', stdout: argv.includes('--failed') ? guest().failed : guest().system };
    },
  };
  const readProc = async (path: string) => {
    const text = guest().proc[path.replace('/proc/77/', '')];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
  const vm = { driver, states, clock } as unknown as VmWaitParts;
  const ct = { driver, states, clock, readProc } as unknown as CtWaitParts;
  return { vm, ct, looks, listeners, second };
}

interface Guest {
  readonly state: RunState;
  readonly halted?: 'crashed' | 'io-error' | undefined;
  readonly resets: boolean;
  readonly agent: boolean;
  readonly osinfo: string;
  readonly readMib: number;
  /** Pixels; undefined: there is no screen. */
  readonly lit: readonly number[] | undefined;
  readonly system: string;
  readonly failed: string;
  readonly proc: Readonly<Record<string, string>>;
}

const usual: Guest = {
  ...{ state: 'running', resets: false, agent: false, osinfo: '{"return":{"pretty-name":"Debian"}}' },
  ...{ readMib: 90, lit: [1, 2, 3], system: 'starting\n', failed: '', proc: { comm: 'systemd\n' } },
};

describe('a VM', () => {
  const up = async (at: (second: number) => Partial<Guest>, more: Partial<Trial> = {}) => {
    const made = world(at);
    const seen = await vmComesUp(made.vm, quietContext(), { ...trial, ...more });
    expect(made.listeners.size).toBe(0);
    return seen;
  };

  test('is up when its agent answers, with a picture of that moment', async () => {
    const { up: came, picture } = await up((second) => ({ agent: second >= 40 }));
    expect(came).toEqual({
      ...{ came: 'its agent answers (Debian)', seconds: 40, readBytes: 90 * mebibyte, accelerator: 'kvm' },
    });
    expect(await readPicture(picture!)).toMatchObject({ width: 80, height: 25 });
  });

  test.each([
    ['{"return":{"pretty-name":"\\u001b[31mBad\\n (x)"}}', 'its agent answers ([31mBad x)'],
    [`{"return":{"pretty-name":"${'x'.repeat(500)}"}}`, `its agent answers (${'x'.repeat(80)})`],
    ['{"return":{}}', 'its agent answers'],
    ['no JSON', 'its agent answers'],
  ])('whose agent says %s', async (osinfo, words) => {
    expect((await up(() => ({ agent: true, osinfo }))).up.came).toBe(words);
  });

  test('without a screen is up all the same, without a picture', async () => {
    const { up: came, picture } = await up(() => ({ agent: true, lit: undefined }));
    expect([came.came, picture]).toEqual(['its agent answers (Debian)', undefined]);
  });

  test.each<[string, Partial<Trial>, (second: number) => Partial<Guest>, string]>([
    ['whose agent is silent', {}, () => ({}), 'its agent does not answer (waited 120 s)'],
    ['that ends', {}, (second) => (second > 10 ? { state: 'stopped' } : {}), 'it ended by itself'],
    ['that crashes', {}, () => ({ halted: 'crashed' }), 'its system crashed'],
    [
      'whose disk fails',
      {},
      () => ({ halted: 'io-error' }),
      'it stands: reading or writing one of its disks failed',
    ],
    ['that resets itself', {}, () => ({ resets: true }), 'it starts over and over: 3 times'],
    [
      'without a screen to wait for',
      { wait: 'screen' },
      () => ({ lit: undefined }),
      'its screen cannot be seen: no screen (waited 120 s)',
    ],
    [
      'that boots nothing',
      { wait: 'screen' },
      () => ({ readMib: 0.25 }),
      'it read only 256 KiB of its disks: nothing on them boots (waited 120 s)',
    ],
    [
      'that reads nothing',
      { wait: 'running' },
      () => ({ readMib: 1 }),
      'it reads nothing of its disks (waited 120 s)',
    ],
  ])('%s is not', async (_what, more, at, problem) => {
    expect((await up(at, more)).up).toMatchObject({ problem });
  });

  test('is up by its screen', async () => {
    const { up: came } = await up((second) => (second < 20 ? { lit: [1, 2, 3] } : { lit: [500, 501] }), {
      wait: 'screen',
    });
    expect(came).toMatchObject({
      came: 'its screen (80x25) has stood still for 10 s, with 90 MiB of its disks read',
      seconds: 10,
    });
  });

  test('is up when it runs for a minute', async () => {
    expect((await up(() => ({}), { wait: 'running' })).up).toMatchObject({
      came: 'it runs, and has read 90 MiB of its disks',
      seconds: 60,
    });
  });

  test('that is broken off is neither', async () => {
    const { vm } = world(() => ({}));
    const broken = AbortSignal.abort(new AppError('cancelled', 'broken off'));
    await expect(vmComesUp(vm, quietContext(broken), trial)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a container', () => {
  const tcp = (port: string) =>
    `   0: 00000000:${port} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1`;
  const up = async (at: (second: number) => Partial<Guest>, more: Partial<Trial> = {}) => {
    const { ct } = world(at);
    const given: Trial = { ...trial, kind: 'lxc', wait: 'running', timeoutSeconds: 30, ...more };
    return (await ctComesUp(ct, quietContext(), given)).up;
  };

  test.each<[string, (second: number) => Partial<Guest>, object]>([
    [
      'systemd says so',
      (second) => (second >= 7 ? { system: 'running\n' } : {}),
      { came: 'its systemd says that it is running', seconds: 7 },
    ],
    [
      'systemd says so, but for some units',
      () => ({
        system: 'degraded\n',
        failed: ['a', 'b', 'c', 'd', 'e', 'f']
          .map((name) => `${name}.service loaded failed failed x`)
          .join('\n'),
      }),
      {
        came: 'its systemd says that it is running, without a.service, b.service, c.service, d.service, e.service, and 1 more',
      },
    ],
    [
      'another init runs on',
      () => ({ proc: { comm: 'init\u001b[2J\n' } }),
      { came: 'its init (init [2J) runs', seconds: 10 },
    ],
  ])('is up when %s', async (_what, at, expected) => {
    expect(await up(at)).toMatchObject(expected);
  });

  test.each<[string, (second: number) => Partial<Guest>, string]>([
    ['systemd goes on starting', () => ({}), "its systemd says 'starting' (waited 30 s)"],
    ['systemd says nothing', () => ({ system: '' }), 'its systemd says nothing (waited 30 s)'],
    ['it ends', (second) => (second > 3 ? { state: 'stopped' } : {}), 'it ended by itself'],
  ])('is not when %s', async (_what, at, problem) => {
    expect(await up(at)).toMatchObject({ problem });
  });

  test('is up when something listens, whatever the kind of address', async () => {
    const wait = { wait: 'port', port: 8080 } as const;
    for (const file of ['net/tcp', 'net/tcp6'])
      expect(
        await up((second) => ({ proc: second >= 4 ? { [file]: tcp('1F90') } : {} }), wait),
      ).toMatchObject({
        ...{ came: 'it listens on port 8080', seconds: 4 },
      });
    expect(await up(() => ({ proc: { 'net/tcp': tcp('1F91') } }), wait)).toMatchObject({
      problem: 'nothing listens on port 8080 (waited 30 s)',
    });
  });
});
