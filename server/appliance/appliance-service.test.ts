// The appliance's status: what is shown, what is warned of, what is read again when; keeping a slot.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { applianceStatus } from '../contract/appliance.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { type ApplianceWorld, applianceWorld } from './appliance-fixture.ts';
import { type ApplianceServiceParts, createApplianceService } from './appliance-service.ts';

let world: ApplianceWorld;
beforeEach(() => {
  world = applianceWorld();
});
afterEach(() => world.dispose());

const log = { info: vi.fn(), warn: vi.fn() };
const service = (more: Partial<ApplianceServiceParts> = {}) =>
  createApplianceService({
    ...world,
    facts: world.facts(),
    clock: systemClock,
    log,
    version: '0.0.1',
    ...more,
  });
const status = async (made = service()) => applianceStatus.parse(await made.status());

describe('the status', () => {
  test('of an installed machine', async () => {
    const image = { built: '2026-01-31T12:00:00.000Z', bytes: 2073 };
    expect(await status()).toEqual({
      mode: 'installed',
      version: '1.0.0',
      built: image.built,
      firmware: 'bios',
      slot: 'A',
      trial: 0,
      slots: [
        { name: 'A', version: '1.0.0', ...image, running: 1, default: 1 },
        { name: 'B', version: '0.9.0', ...image, running: 0, default: 0 },
      ],
      state: { schema: 1, totalBytes: expect.any(Number), freeBytes: expect.any(Number) },
      warnings: expect.not.arrayContaining([expect.stringMatching(/slot/i)]),
    });
  });

  test('of a development machine, and of a live system: no slots, everything else refused', async () => {
    rmSync(world.paths.boot, { recursive: true });
    expect(await status()).toMatchObject({ mode: 'none', version: '0.0.1', slots: [], warnings: [] });
    await expect(service().keep()).rejects.toMatchObject({ code: 'unsupported' });
    mkdirSync(world.paths.boot);
    writeFileSync(world.paths.mode, 'live');
    expect(await status()).toMatchObject({ mode: 'live', version: '1.0.0', slots: [] });
    await expect(service().keep()).rejects.toThrow(/install it on a disk first/);
  });

  test('a switch that waits, and an update that was written but is gone', async () => {
    world.records.writeLast({ at: 1, outcome: 'pending', from: '1.0.0', to: '3.0.0' });
    expect((await status()).last).toBeUndefined();
    world.records.writeLast({ at: 1, outcome: 'pending', from: '1.0.0', to: '0.9.0' });
    expect((await status()).last?.outcome).toBe('pending');
  });

  test('without programs while nothing changes; again after a change, also by another process', async () => {
    const read = vi.fn(world.boot.read);
    const made = service({ boot: { ...world.boot, read } });
    await Promise.all([made.status(), made.status()]);
    await made.status();
    expect(read).toHaveBeenCalledTimes(1);
    made.changed();
    await made.status();
    expect(read).toHaveBeenCalledTimes(2);
    world.records.writeLast({ at: 1, outcome: 'committed', from: '0.9.0', to: '1.0.0' });
    expect((await made.status()).last?.outcome).toBe('committed');
    writeFileSync(world.paths.trial, '');
    expect((await made.status()).trial).toBe(1);
    expect(read).toHaveBeenCalledTimes(4);
  });
});

test('a disk that could not be read is tried again after a minute, not at each request', async () => {
  let now = 0;
  const read = vi.fn(() => Promise.reject(new AppError('unavailable', 'no disk')));
  const made = service({ boot: { ...world.boot, read }, clock: { ...systemClock, now: () => now } });
  await made.status();
  now = 59_000;
  expect((await made.status()).warnings).toContain('no disk');
  expect(read).toHaveBeenCalledTimes(1);
  now = 60_000;
  await made.status();
  expect(read).toHaveBeenCalledTimes(2);
});

describe('warnings', () => {
  const setBoth = (variables: Record<string, string>) => {
    for (const esp of [0, 1]) world.setGrubEnv(esp, variables);
  };
  test.each<[string, () => void, RegExp]>([
    ['another default', () => setBoth({ slot: 'B' }), /^Slot A runs, but B boots by default$/],
    ['no default', () => setBoth({}), /^No slot is set/],
    ['a try', () => setBoth({ slot: 'A', try: 'B' }), /^Slot B boots on trial/],
    ['ESPs that differ', () => world.setGrubEnv(1, { slot: 'B' }), /differ/],
    ['a damaged block', () => writeFileSync(join(world.esps[0] ?? '', 'grub/grubenv'), ''), /damaged/],
    [
      'a damaged slot',
      () => rmSync(join(world.paths.system, 'B/vmlinuz')),
      /^Slot B cannot boot: vmlinuz is missing$/,
    ],
    ['no state', () => rmSync(join(world.paths.state, 'schema')), /^There is no state/],
    ['a newer state', () => writeFileSync(join(world.paths.state, 'schema'), '7'), /newer version/],
  ])('%s', async (_name, spoil, text) => {
    spoil();
    expect((await status()).warnings).toContainEqual(expect.stringMatching(text));
  });

  test('an empty other slot is none; a boot partition that cannot be read is one', async () => {
    rmSync(join(world.paths.system, 'B'), { recursive: true });
    expect((await status()).warnings.join()).not.toMatch(/Slot B/);
    const boot = {
      ...world.boot,
      read: () => Promise.reject(new AppError('unavailable', 'no boot partition')),
    };
    expect((await status(service({ boot }))).warnings).toContain('no boot partition');
  });
});

describe('at the start', () => {
  test('left-overs go and a trial is settled; a failure is logged and no more', async () => {
    world.fillSlot('B.new', '2.0.0');
    const entry = { slot: 'A' as const, version: '1.0.0' };
    world.records.writePending({
      ...{ from: entry, to: { slot: 'B', version: '2.0.0' }, at: 1, bootId: 'before' },
      baseline: { addressUp: false, storages: [], guests: [] },
    });
    const made = service();
    await made.open();
    expect(Object.keys(world.systemTree()).join()).not.toContain('.new');
    expect((await made.status()).last).toMatchObject({ outcome: 'fell-back', from: '1.0.0', to: '2.0.0' });
    const broken = service({
      writer: { sweep: () => Promise.reject(new AppError('unavailable', 'no disk')) },
    });
    await expect(broken.open()).resolves.toBeUndefined();
    expect(log.warn).toHaveBeenCalledWith(expect.stringContaining('no disk'));
  });
});

describe('keeping', () => {
  test('the slot that was started from the menu', async () => {
    world.dispose();
    world = applianceWorld({ running: 'B' });
    world.records.writeLast({ at: 1, outcome: 'pending', from: '1.0.0', to: '1.0.0' });
    const onChange = vi.fn();
    const made = service({ onChange });
    await made.keep();
    for (const esp of [0, 1]) expect(world.grubEnv(esp)).toEqual({ slot: 'B', try: '' });
    expect((await made.status()).last?.outcome).toBe('committed');
    expect((await made.status()).warnings.join()).not.toMatch(/by default/);
    expect(onChange).toHaveBeenCalled();
  });

  test('a switch that waits is called off', async () => {
    world.setGrubEnv(0, { slot: 'A', try: 'B' });
    await service().keep();
    expect(world.grubEnv(0)).toEqual({ slot: 'A', try: '' });
  });
});
