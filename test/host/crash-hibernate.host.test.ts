// kill -9 of the real daemon while a VM is hibernated and woken up: it ends where it was going, and its memory is used once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VmParts } from '../../server/guests/vm-parts.ts';
import { vmHibernateKind } from '../../server/tasks/kinds/vm-hibernate.ts';
import { vmStartKind } from '../../server/tasks/kinds/vm-start.ts';
import { boundariesOf, CrashWorld, stepsOf } from './crash-world.ts';

const world = new CrashWorld();
const { daemon } = world;
const vm = '/nodes/testnode/qemu/100';
let clean: string[] = [];

beforeAll(async () => {
  await daemon.start();
  await world.runVm(100);
  clean = await world.storageEntries();
}, 60_000);
afterAll(() => daemon.dispose());

const status = () => daemon.ok<{ qmpstatus: string; lock?: string }>('GET', `${vm}/status/current`);

/** Where something has been made that must not be lost, or used twice. */
const there = boundariesOf(stepsOf(vmHibernateKind({} as VmParts))).filter((spec) =>
  /:(save:after-run|write-config:after-run|stop:after-run)$/.test(spec),
);
const back = boundariesOf(stepsOf(vmStartKind({} as VmParts))).filter((spec) =>
  /:(start-domain:after-run|go-on:after-run|remove-saved-memory:after-run)$/.test(spec),
);

it.each(there.map((spec, index) => [spec, back[index]!] as const))(
  'at %s, then at %s',
  async (first, second) => {
    await world.crash(first, () => daemon.call('POST', `${vm}/status/suspend`, { todisk: 1 }));
    await world.recover();
    expect(await status()).toMatchObject({ qmpstatus: 'stopped', lock: 'suspended' });
    expect(await daemon.domains()).toEqual([]);
    expect(await world.storageEntries()).toHaveLength(clean.length + 1);

    await world.crash(second, () => daemon.call('POST', `${vm}/status/start`));
    await world.recover();
    expect(await status()).toMatchObject({ qmpstatus: 'running' });
    expect(await status()).not.toHaveProperty('lock');
    expect(await daemon.ok('GET', `${vm}/config`)).not.toHaveProperty('vmstate');
    expect(await daemon.domains()).toHaveLength(1);
    expect(await world.storageEntries()).toEqual(clean);
  },
);

it('covers both ways', () => {
  expect(there).toHaveLength(3);
  expect(back).toHaveLength(3);
});
