// What the VM service refuses, in which words, and that nothing has changed then.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VmWorld, vmWorld } from '../../test/fixtures/vm-world.ts';
import { configDigest } from '../core/config-digest.ts';
import type { GuestPools } from './guest-pools.ts';
import type { Asker } from './guest-requests.ts';
import { refusedBy, root, without } from './guest-service-fixture.ts';
import { type ConfigRequest, createVmService, type VmServiceParts } from './vm-service.ts';
import { createVmidReservations } from './vmid-reservations.ts';

const disk = (vmid: number, number = 0) => `local:${vmid}/vm-${vmid}-disk-${number}.qcow2`;

let made: VmWorld;
let started: { type: string; params: object; requester: string }[];
beforeEach(async () => {
  made = await vmWorld();
  started = [];
  await made.addVolume('local:iso/a.iso');
  await made.addVolume('local:import/a.qcow2');
  await made.addVolume('local:snippets/secret.yaml');
  await made.addVolume(disk(100, 5));
  await made.addVolume(disk(101, 3));
  await made.addVm(100, { name: 'first', scsi0: disk(100), unused0: disk(100, 1) });
  await made.addVm(101, { scsi0: disk(101) });
});
afterEach(() => made.dispose());

const serviceParts = (): VmServiceParts => ({
  ...made.parts,
  reservations: createVmidReservations(made.parts.clock, (vmid) => made.document(vmid) !== undefined),
  startTask: async (type, params, requester) => {
    started.push({ type, params, requester });
    return 'UPID:test';
  },
  taskEnd: async () => {},
});
const service = () => createVmService(serviceParts());

const change = (asker: Asker, request: Partial<ConfigRequest>) =>
  service().changeConfig(asker, 100, {
    ...{ set: {}, remove: [], revert: [], digest: undefined, force: false },
    ...request,
  });
const create = (asker: Asker, vmid: number, set: ConfigRequest['set'], storage?: string) =>
  service().create(asker, vmid, { set, start: false, storage });

/** Refused, with nothing changed and no task begun. */
const refused = (call: () => Promise<unknown>) => refusedBy(made, started, call);

describe('a new VM in a pool', () => {
  const joe: Asker = { requester: 'joe@pve', may: () => false };
  const inPool = (pools: GuestPools) =>
    createVmService({ ...serviceParts(), pools }).create(joe, 300, {
      ...{ set: { memory: 512 }, start: false, storage: undefined, pool: 'office' },
    });

  test('may be made by whom the pool lets, and its task names the pool', async () => {
    const asked: unknown[] = [];
    await inPool({
      ...made.parts.pools,
      askerFor(asker, vmid, pool) {
        asked.push({ requester: asker.requester, vmid, pool });
        return root;
      },
    });
    expect(asked).toEqual([{ requester: joe.requester, vmid: 300, pool: 'office' }]);
    expect(started).toMatchObject([{ type: 'qmcreate', params: { vmid: 300, pool: 'office' } }]);
  });

  test('is refused to whom it does not', async () => {
    (await refused(() => inPool(made.parts.pools))).toMatchObject({ data: { privilege: 'VM.Allocate' } });
  });
});

describe('without a privilege', () => {
  test.each([
    [{ memory: 1024 }, '/vms/100', 'VM.Config.Memory'],
    [{ scsi1: 'other:4' }, '/storage/other', 'Datastore.AllocateSpace'],
    [{ net0: 'virtio,bridge=vmbr0' }, '/sdn/zones/localnetwork/vmbr0', 'SDN.Use'],
    [{ scsi1: `local:0,import-from=${disk(101)}` }, '/vms/101', 'VM.Config.Disk'],
  ] as const)('%j is refused, naming path and privilege', async (set, path, privilege) => {
    (await refused(() => change(without(path, privilege), { set }))).toMatchObject({
      code: 'forbidden',
      message: `Permission check failed (${path}, ${privilege})`,
      data: { path, privilege },
    });
    expect(await change(root, { set })).toBe('UPID:test');
  });

  test('to create a VM nobody learns which numbers are taken', async () => {
    for (const vmid of [100, 555]) {
      (await refused(() => create(without(`/vms/${vmid}`, 'VM.Allocate'), vmid, {}))).toMatchObject({
        code: 'forbidden',
      });
    }
  });
});

describe('a volume', () => {
  test.each([
    ['of another guest', { scsi1: disk(101) }, 'scsi1', 'used by VM 101'],
    ['that another guest has left over', { scsi1: disk(101, 3) }, 'scsi1', 'belongs to VM 101'],
    ['that is not there', { scsi1: disk(100, 77) }, 'scsi1', 'does not exist'],
    ['on a storage that is not there', { scsi1: 'none:4' }, 'scsi1', "storage 'none'"],
    ['of a storage that is not there', { ide2: 'none:iso/a.iso,media=cdrom' }, 'ide2', 'none'],
    [
      'to import that is not there',
      { scsi1: 'local:0,import-from=local:import/b.qcow2' },
      'scsi1',
      'b.qcow2',
    ],
    ['from the library as a disk', { scsi1: 'local:import/a.qcow2' }, 'scsi1', 'neither a disk image'],
    ['that is a snippet as a disk', { scsi1: 'local:snippets/secret.yaml' }, 'scsi1', 'neither a disk image'],
    [
      'that is a snippet to import',
      { scsi1: 'local:0,import-from=local:snippets/secret.yaml' },
      'scsi1',
      'not a disk image to import',
    ],
  ])('%s is refused by its key', async (_what, set, key, text) => {
    (await refused(() => change(root, { set }))).toMatchObject({
      code: 'invalid-input',
      fields: { [key]: expect.stringContaining(text) },
    });
    (await refused(() => create(root, 200, set))).toMatchObject({ code: 'invalid-input' });
  });

  test('of its own number that another guest uses is refused', async () => {
    await made.addVm(102, { scsi0: disk(100, 5) });
    (await refused(() => change(root, { set: { scsi1: disk(100, 5) } }))).toMatchObject({
      fields: { scsi1: expect.stringContaining('used by VM 102') },
    });
  });

  test('of its own is taken back', async () => {
    expect(await change(root, { set: { scsi1: disk(100, 1) } })).toBe('UPID:test');
    expect(started).toMatchObject([
      { type: 'qmconfig', params: { vmid: 100, set: { scsi1: disk(100, 1) } } },
    ]);
  });
});

test('every wrong key is named at once', async () => {
  const set = { scsi1: 'none:4', scsi2: disk(101), scsi3: 'local:4' };
  const error: unknown = await change(root, { set }).catch((thrown: unknown) => thrown);
  expect(Object.keys((error as { fields: object }).fields).sort()).toEqual(['scsi1', 'scsi2']);
});

test('another digest, a taken number and a missing guest are refused', async () => {
  (await refused(() => change(root, { set: { name: 'b' }, digest: configDigest({}) }))).toMatchObject({
    code: 'wrong-state',
  });
  (await refused(() => create(root, 100, {}))).toMatchObject({ fields: { vmid: 'VM 100 already exists' } });
  (await refused(() => service().power(root, 'qmstart', 999))).toMatchObject({ code: 'not-found' });
  (
    await refused(() => service().resize(root, 100, { disk: 'scsi9', size: '+1G', digest: undefined }))
  ).toMatchObject({ fields: { disk: expect.stringContaining('scsi9') } });
});

test('a storage given beside stands for disks given by size alone', async () => {
  await create(root, 200, { scsi0: '4', ide2: 'local:iso/a.iso,media=cdrom' }, 'other');
  expect(started).toMatchObject([
    { type: 'qmcreate', params: { change: { allocations: [{ key: 'scsi0', storage: 'other' }] } } },
  ]);
});
