// The two checks of a VM: what the host says of it, and whether it lives, by its agent or by what it moves.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type VmWorld, vmWorld } from '../../test/fixtures/vm-world.ts';
import type { ResourceItem } from '../contract/resources.ts';
import { quietContext } from '../core/work-context.ts';
import { createStatusChecks } from './status-checks.ts';

let made: VmWorld;
let lines: Map<string, Partial<ResourceItem>>;
let now: number;
let asked: number;
let answers: boolean;
beforeEach(async () => {
  made = await vmWorld();
  [now, asked, answers] = [0, 0, true];
  const disks = {
    scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G',
    scsi1: 'other:100/vm-100-disk-0.qcow2,size=1G',
  };
  await made.addVm(100, { memory: 512, ...disks }, { running: true });
  await made.addVm(101, { memory: 512, agent: '1' }, { running: true });
  lines = new Map([
    ['storage/pve1/local', { status: 'available' }],
    ['storage/pve1/other', { status: 'available' }],
    ['qemu/100', { netin: 1 }],
  ]);
});
afterEach(() => made.dispose());

const checks = () =>
  createStatusChecks({
    vmParts: made.parts,
    index: { get: (id) => lines.get(id) as ResourceItem | undefined },
    agent: {
      ask: async () => {
        asked += 1;
        if (!answers) throw new Error('no answer');
      },
    },
    clock: { now: () => now, sleep: async () => {} },
  });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a VM that is off has none', async () => {
  await made.driver.stop(quietContext(), 100);
  expect(checks()(100)).toBeUndefined();
});

test('the host side names what is wrong', async () => {
  const look = checks();
  expect(look(100)?.host).toEqual({ status: 'ok', problems: [] });
  lines.set('storage/pve1/other', { status: 'unknown' });
  expect(look(100)?.host).toEqual({ status: 'failed', problems: ["storage 'other' cannot be used"] });
  made.driver.haltGuest(100, 'io-error');
  expect(look(100)?.host.problems).toContain('it stands because a disk could not be written to or read');
  expect(look(100)?.guest).toEqual({ status: 'unknown', by: 'activity' });
  // Somebody's own pause is no problem.
  await made.driver.resume(100);
  await made.driver.pause(100);
  expect(look(100)?.host.problems).toEqual(["storage 'other' cannot be used"]);
});

test('a guest with an agent lives when that answers; it is asked now and then, and never waited for', async () => {
  const look = checks();
  expect(look(101)?.guest).toEqual({ status: 'unknown', by: 'agent' });
  await settled();
  expect(look(101)?.guest).toEqual({ status: 'ok', by: 'agent' });
  answers = false;
  now = 29_999;
  look(101);
  expect(asked).toBe(1);
  now = 30_000;
  look(101);
  await settled();
  expect(look(101)?.guest).toEqual({ status: 'failed', by: 'agent' });
  expect(asked).toBe(2);
});

test('what an agent said long ago is not what it says now', async () => {
  const look = checks();
  look(101);
  await settled();
  now = 120_001;
  answers = false;
  expect(look(101)?.guest).toEqual({ status: 'unknown', by: 'agent' });
  await settled();
  expect(look(101)?.guest).toEqual({ status: 'failed', by: 'agent' });
});

test('one without lives while it moves something', () => {
  const look = checks();
  expect(look(100)?.guest).toEqual({ status: 'unknown', by: 'activity' });
  lines.set('qemu/100', { netin: 2 });
  expect(look(100)?.guest.status).toBe('ok');
  now = 299_999;
  expect(look(100)?.guest.status).toBe('ok');
  now = 300_000;
  expect(look(100)?.guest.status).toBe('failed');
  lines.set('qemu/100', { netin: 2, diskwrite: 1 });
  expect(look(100)?.guest.status).toBe('ok');
});
