// Which slot boots, over two boot partitions: agreement, damage, disks that cannot be reached.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import { type ApplianceWorld, applianceWorld } from './appliance-fixture.ts';
import { createBootChoices } from './boot-choice.ts';

let world: ApplianceWorld;
beforeEach(() => {
  world = applianceWorld();
});
afterEach(() => world.dispose());

const envFile = (esp: number) => join(world.esps[esp] ?? '', 'grub/grubenv');
const damage = (esp: number) => writeFileSync(envFile(esp), 'x'.repeat(1024));
/** With the disks of these boot partitions gone. */
const without = (...gone: number[]) =>
  createBootChoices({
    list: async () => world.esps,
    mounted: async (device, mode, work) => {
      if (gone.includes(world.esps.indexOf(device))) throw new AppError('command-failed', 'no such disk');
      return await world.espPartitions.mounted(device, mode, work);
    },
  });

describe('reading', () => {
  test('two that agree', async () => {
    expect(await world.boot.read()).toEqual({
      slot: 'A',
      try: undefined,
      tryEverywhere: false,
      problems: [],
    });
  });

  test('a damaged one gives way to the other, and is told', async () => {
    damage(0);
    const { slot, problems } = await world.boot.read();
    expect(slot).toBe('A');
    expect(problems).toEqual([expect.stringMatching(/esp0.*damaged/)]);
  });

  test('two that differ: the first counts, and it is told', async () => {
    world.setGrubEnv(1, { slot: 'B' });
    const { slot, problems } = await world.boot.read();
    expect(slot).toBe('A');
    expect(problems.join()).toMatch(/differ.*A and B/);
  });

  test('a try that GRUB has taken on one disk only', async () => {
    world.setGrubEnv(1, { slot: 'A', try: 'B' });
    expect(await world.boot.read()).toMatchObject({ try: 'B', tryEverywhere: false, problems: [] });
    world.setGrubEnv(0, { slot: 'A', try: 'B' });
    expect(await world.boot.read()).toMatchObject({ try: 'B', tryEverywhere: true });
  });

  test('all damaged: no slot, but an answer; all gone: an error', async () => {
    damage(0);
    damage(1);
    expect(await world.boot.read()).toMatchObject({ slot: undefined, problems: { length: 2 } });
    await expect(without(0, 1).read()).rejects.toThrow('no such disk');
  });
});

describe('writing', () => {
  test('a try leaves the default, and goes to all', async () => {
    expect(await world.boot.write({ try: 'B' }, { rebuild: false })).toEqual([]);
    for (const esp of [0, 1]) expect(world.grubEnv(esp)).toEqual({ slot: 'A', try: 'B' });
  });

  test('repairs two that differ', async () => {
    world.setGrubEnv(1, { slot: 'B', other: 'kept' });
    await world.boot.write({ try: undefined }, { rebuild: false });
    expect(world.grubEnv(1)).toEqual({ slot: 'A', other: 'kept', try: '' });
  });

  test('a damaged one is left alone unless it is to be rebuilt', async () => {
    damage(1);
    expect(await world.boot.write({ try: 'B' }, { rebuild: false })).toEqual([
      expect.stringMatching(/damaged/),
    ]);
    expect(readFileSync(envFile(1), 'utf8')).toBe('x'.repeat(1024));
    expect(await world.boot.write({ slot: 'B', try: undefined }, { rebuild: true })).toEqual([]);
    expect(world.grubEnv(1)).toEqual({ slot: 'B', try: '' });
  });

  test('a disk that is gone does not keep the other from being written', async () => {
    expect(await without(0).write({ slot: 'B', try: undefined }, { rebuild: false })).toEqual([
      expect.stringMatching(/esp0.*no such disk/),
    ]);
    expect(world.grubEnv(1)).toEqual({ slot: 'B', try: '' });
    await expect(without(0, 1).write({ slot: 'B', try: undefined }, { rebuild: true })).rejects.toThrow(
      /cannot write which slot/,
    );
  });
});
