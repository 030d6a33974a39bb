// Volumes that a target makes (LUNs): no name gives them to a guest, and no task of a guest removes them. And protected ones.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Storage, VolumeInfo } from '../../storage-plugins/plugin.ts';
import { type VmWorld, vmWorld } from '../../test/fixtures/vm-world.ts';
import { AppError } from '../core/errors.ts';
import { quietContext } from '../core/work-context.ts';
import type { StorageService } from '../storage/storage-service.ts';
import type { Asker } from './guest-requests.ts';
import { root, without } from './guest-service-fixture.ts';
import { removeVolume, requireUnprotected } from './guest-volumes.ts';
import { createOrphanFinder } from './orphan-finder.ts';
import { createVmService } from './vm-service.ts';
import { createVmidReservations } from './vmid-reservations.ts';

const lun = 'san:0.0.1.scsi-3600a';
const info: VolumeInfo = {
  ...{ name: '0.0.1.scsi-3600a', content: 'images', format: 'raw', sizeBytes: 4096, usedBytes: 4096 },
  ...{ vmid: undefined, parent: undefined, createdAt: 0 },
};
const san = {
  info: async () => info,
  list: async () => [info],
  remove: () => Promise.reject(new AppError('unsupported', 'each LUN here is as the iSCSI target makes it')),
} as unknown as Storage;

let made: VmWorld;
let storages: StorageService;
let onTop: string[];
let warned: string[];
const context = { ...quietContext(), warn: (line: string) => void warned.push(line) };

beforeEach(async () => {
  made = await vmWorld();
  await made.addVm(100, {});
  onTop = [];
  warned = [];
  storages = {
    ...made.storages,
    storage: (id) => (id === 'san' ? san : made.storages.storage(id)),
    imageFormats: (id) => (id === 'san' ? [] : made.storages.imageFormats(id)),
    storagesOn: () => onTop,
  };
});
afterEach(() => made.dispose());

async function use(asker: Asker): Promise<string> {
  const service = createVmService({
    ...made.parts,
    storages,
    reservations: createVmidReservations(made.parts.clock, () => true),
    startTask: async () => 'begun',
    taskEnd: async () => {},
  });
  const request = { set: { scsi1: lun }, remove: [], revert: [], digest: undefined, force: false };
  return await service
    .changeConfig(asker, 100, request)
    .catch((error: unknown) =>
      error instanceof AppError ? (error.fields?.['scsi1'] ?? error.code) : 'other',
    );
}

test('a LUN is taken by who administers its storage, while no storage and no guest has it', async () => {
  expect(await use(root)).toBe('begun');
  expect(await use(without('/storage/san', 'Datastore.Allocate'))).toBe('forbidden');
  onTop = ['shared'];
  expect(await use(root)).toBe(`storage 'shared' lies on volume '${lun}'`);
  onTop = [];
  await made.addVm(101, {});
  const document = made.document(101)!;
  await made.store.write('guests/101', { ...document, config: { scsi0: lun } });
  expect(await use(root)).toBe(`volume '${lun}' is used by VM 101`);
});

test('one stays when its guest goes, which is told; other failures are not taken for that', async () => {
  expect(await removeVolume(storages, context, lun)).toBe(false);
  expect(warned).toEqual([`left: ${lun}: the storage does not remove it`]);
  const busy = { ...san, remove: () => Promise.reject(new AppError('busy', 'open')) };
  const removing = removeVolume({ ...storages, storage: () => busy }, context, lun);
  await expect(removing).rejects.toMatchObject({ code: 'busy' });
});

test('LUNs are no orphans, and are not even looked for', async () => {
  const find = createOrphanFinder({ store: made.store, storages, tasks: { unended: () => [] } });
  expect(await find(context, 'san')).toEqual([]);
  const withFormats = { ...storages, imageFormats: () => ['raw'] as const };
  const finds = createOrphanFinder({
    store: made.store,
    storages: withFormats,
    tasks: { unended: () => [] },
  });
  expect((await finds(context, 'san')).map(({ reason }) => reason)).toEqual(['no-guest']);
});

test('protected volumes are named before any is removed; those that are gone are none', async () => {
  const [kept, other, gone] = [0, 1, 2].map((number) => `local:100/vm-100-disk-${number}.raw`) as [
    string,
    string,
    string,
  ];
  for (const volid of [kept, other]) await made.addVolume(volid);
  await requireUnprotected(storages, context, [kept, other, gone]);
  await made.storages.annotate(context, kept, { protected: true });
  await expect(requireUnprotected(storages, context, [kept, other, gone])).rejects.toMatchObject({
    code: 'wrong-state',
    data: { volumes: [kept] },
  });
});
