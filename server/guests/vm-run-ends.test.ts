// What follows the end of a VM: its own volumes are let go of, also when it ended while nobody looked.
import { expect, test } from 'vitest';
import { vmWorld } from '../../test/fixtures/vm-world.ts';
import { AppError } from '../core/errors.ts';
import { quietContext } from '../core/work-context.ts';
import type { GuestStorages } from './guest-volumes.ts';
import { createVmRunEnds, openedVolumes } from './vm-run-ends.ts';

const own = ['local:100/vm-100-disk-0.raw', 'other:100/vm-100-disk-0.qcow2'];
const others = ['local:101/vm-101-disk-0.raw', 'local:iso/live.iso'];
const config = {
  scsi0: `${own[0]},size=1G`,
  virtio1: `${own[1]},size=1G`,
  scsi1: `${others[0]},size=1G`,
  ide2: `${others[1]},media=cdrom`,
};

async function world({ running = true } = {}) {
  const made = await vmWorld();
  for (const volume of [...own, ...others]) await made.addVolume(volume);
  await made.addVm(100, config, { running });
  const attached = async () => (await made.snapshot()).attached;
  return { ...made, attached };
}

test('its own volumes are let go of; those of others and images of CDs may be open elsewhere', async () => {
  const { driver, parts, attached } = await world();
  expect(openedVolumes(100, config).map(({ volume }) => volume)).toEqual(
    expect.arrayContaining([...own, ...others]),
  );
  const before = await attached();
  expect(before).toEqual(expect.arrayContaining([...own, ...others]));
  await parts.ends.settle(100);
  expect(await attached()).toEqual(before);
  await driver.stop(quietContext(), 100);
  await parts.ends.settle(100);
  expect(await attached()).toEqual([...others].sort());
});

test('a storage that does not let go holds up nothing', async () => {
  const made = await world({ running: false });
  await made.store.write('guests/100', { ...made.document(100)!, running: config });
  const warned: unknown[] = [];
  const storages: GuestStorages = {
    ...made.parts.storages,
    storage: (id) =>
      Object.create(made.parts.storages.storage(id), {
        detach: {
          value: async () => {
            throw new AppError('unavailable', 'the server does not answer');
          },
        },
      }),
  };
  const ends = createVmRunEnds({ ...made.parts, storages }, {
    warn: (facts: unknown) => warned.push(facts),
  } as never);
  await ends.settle(100);
  expect(made.document(100)?.running).toBeUndefined();
  expect(warned).toEqual(own.map((volume) => expect.objectContaining({ vmid: 100, volume })));
});
