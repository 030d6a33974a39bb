// What clones, templates and moves of VMs are refused for by the service, to whom, and what their tasks are given.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VmWorld, vmWorld } from '../../test/fixtures/vm-world.ts';
import { quietContext } from '../core/work-context.ts';
import { guestKey } from './config/guest-document.ts';
import { refusedBy, root, without } from './guest-service-fixture.ts';
import { createVmCopies, type VmCloneRequest, type VmMoveRequest } from './vm-copies.ts';
import { createVmidReservations } from './vmid-reservations.ts';

let made: VmWorld;
let started: { type: string; params: object; requester: string }[];
beforeEach(async () => {
  made = await vmWorld();
  started = [];
  await made.addVm(100, {
    net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
    scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G',
    unused0: 'other:100/vm-100-disk-0.qcow2',
  });
  await made.addVm(101, { name: 'other' });
});
afterEach(() => made.dispose());

const copies = () =>
  createVmCopies({
    ...made.parts,
    reservations: createVmidReservations(made.parts.clock, (vmid) => made.document(vmid) !== undefined),
    startTask: async (type, params, requester) => {
      started.push({ type, params, requester });
      return 'UPID:test';
    },
  });
const nothing = {
  ...{ full: undefined, snapshot: undefined, storage: undefined, format: undefined, name: undefined },
  ...{ description: undefined, pool: undefined, target: undefined },
};
const clone = (asker = root, more: Partial<VmCloneRequest> = {}) =>
  copies().clone(asker, 100, { newId: 300, ...nothing, ...more });
const move = (asker = root, more: Partial<VmMoveRequest> = {}) =>
  copies().moveDisk(asker, 100, {
    ...{ key: 'scsi0', storage: undefined, format: undefined, remove: false, digest: undefined },
    ...{ targetVmid: undefined, targetKey: undefined, targetDigest: undefined, limitKib: undefined },
    ...more,
  });
const refused = (call: () => Promise<unknown>) => refusedBy(made, started, call);

test('copies go as fast as the storages let, and for their administrators as fast as they ask', async () => {
  await made.store.write('options/datacenter', { bwlimit: 'move=3000,default=100' });
  await made.storages.update('other', { set: { bwlimit: 'move=700' }, delete: [], digest: undefined });
  const user = {
    requester: 'a@pve',
    may: (path: string, privilege: string) =>
      !(path === '/storage/other' && privilege === 'Datastore.Allocate'),
  };
  await clone(root, { storage: 'other', full: true });
  for (const limitKib of [undefined, 0, 900, 50]) {
    await move(root, { storage: 'other', limitKib });
    await move(user, { storage: 'other', limitKib });
  }
  const limits = started.map(({ params }) => (params as { limitKib?: number }).limitKib ?? 0);
  expect(limits).toEqual([100, 700, 700, 0, 700, 900, 700, 50, 50]);
});

describe('a clone', () => {
  test('is full unless it is of a template, and its task is given what was asked for', async () => {
    await clone(root, { target: 'pve1', storage: 'other', format: 'raw' });
    const document = made.document(100)!;
    await made.store.write(guestKey(100), { ...document, config: { ...document.config, template: 1 } });
    await clone(root, { newId: 301 });
    expect(started.map(({ type, params }) => ({ type, params }))).toEqual([
      { type: 'qmclone', params: { vmid: 100, newId: 300, full: true, storage: 'other', format: 'raw' } },
      { type: 'qmclone', params: { vmid: 100, newId: 301, full: false } },
    ]);
  });

  test.each([
    ['/vms/300', 'VM.Allocate', {}],
    ['/storage/local', 'Datastore.AllocateSpace', {}],
    ['/storage/other', 'Datastore.AllocateSpace', { storage: 'other' }],
    ['/sdn/zones/localnetwork/vmbr0', 'SDN.Use', {}],
  ] as const)('is refused to who lacks %s %s', async (path, privilege, more) => {
    (await refused(() => clone(without(path, privilege), more))).toMatchObject({
      code: 'forbidden',
      data: { path, privilege },
    });
  });

  test('is not made of a storage that it does not go to', async () => {
    await clone(without('/storage/local', 'Datastore.AllocateSpace'), { storage: 'other' });
    expect(started).toHaveLength(1);
  });

  test('is refused on another node, of no snapshot, onto a number that is taken, to no storage of disks', async () => {
    (await refused(() => clone(root, { target: 'pve2' }))).toMatchObject({
      code: 'unsupported',
      fields: { target: "only 'pve1'" },
    });
    (await refused(() => clone(root, { snapshot: 'none' }))).toMatchObject({ code: 'not-found' });
    (await refused(() => clone(root, { newId: 101 }))).toMatchObject({ code: 'invalid-input' });
    (await refused(() => clone(root, { storage: 'none' }))).toMatchObject({
      fields: { storage: "storage 'none' cannot hold disk images" },
    });
  });
});

describe('a move', () => {
  test('takes a storage, a format or another VM', async () => {
    await move(root, { storage: 'other', remove: true });
    await move(root, { key: 'unused0', format: 'raw' });
    await move(root, { targetVmid: 101, targetKey: 'virtio1' });
    const both = { vmid: 100, digest: undefined };
    expect(started.map(({ type, params }) => ({ type, params }))).toEqual([
      { type: 'qmmove', params: { ...both, key: 'scsi0', storage: 'other', remove: true } },
      { type: 'qmmove', params: { ...both, key: 'unused0', storage: 'other', format: 'raw', remove: false } },
      {
        type: 'qmmove',
        params: { ...both, key: 'scsi0', targetVmid: 101, targetKey: 'virtio1', targetDigest: undefined },
      },
    ]);
  });

  test.each([
    ['/storage/other', 'Datastore.AllocateSpace', { storage: 'other' }],
    ['/vms/101', 'VM.Config.Disk', { targetVmid: 101 }],
    ['/vms/999', 'VM.Config.Disk', { targetVmid: 999 }],
  ] as const)('is refused to who lacks %s %s', async (path, privilege, more) => {
    (await refused(() => move(without(path, privilege), more))).toMatchObject({
      code: 'forbidden',
      data: { path, privilege },
    });
  });

  test.each([
    [{}, 'storage'],
    [{ storage: 'other', targetVmid: 101 }, 'target-vmid'],
    [{ targetVmid: 101, remove: true }, 'target-vmid'],
    [{ storage: 'other', targetKey: 'scsi1' }, 'target-disk'],
    [{ storage: 'none' }, 'storage'],
    [{ storage: 'other', key: 'scsi7' }, 'disk'],
  ] as const)('of %j is refused, naming %s', async (more, field) => {
    (await refused(() => move(root, more))).toMatchObject({
      code: 'invalid-input',
      fields: { [field]: expect.any(String) },
    });
  });
});

test('a template is made of a disk that is there', async () => {
  (await refused(() => copies().makeTemplate(root, 100, 'scsi5'))).toMatchObject({ code: 'invalid-input' });
  await copies().makeTemplate(root, 100, 'scsi0');
  expect(started).toMatchObject([{ type: 'qmtemplate', params: { vmid: 100, disk: 'scsi0' } }]);
});

describe('what it can', () => {
  const feature = (name: 'snapshot' | 'clone' | 'copy', snapshot?: string) =>
    copies().feature(100, name, snapshot);

  test('depends on the storages, and says why not', async () => {
    expect(await feature('snapshot')).toEqual({ possible: true });
    expect(await feature('copy')).toEqual({ possible: true });
    expect(await feature('clone')).toMatchObject({
      possible: false,
      reason: expect.stringContaining('template'),
    });
    await expect(feature('copy', 'none')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is a copy, or one of its snapshot, while it runs, and a linked clone of none inside an image', async () => {
    const config = { scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G' };
    await made.addVm(102, { scsi0: 'local:102/vm-102-disk-0.qcow2,size=1G' }, { running: true });
    expect(await copies().feature(102, 'copy', undefined)).toEqual({ possible: true });
    const document = made.document(100)!;
    await made.store.write(guestKey(100), { ...document, snapshots: { first: { config, snaptime: 1 } } });
    expect(await feature('copy', 'first')).toEqual({ possible: true });
    expect(await feature('clone', 'first')).toMatchObject({
      possible: false,
      reason:
        "scsi0: storage 'local': disks of format 'qcow2' have no linked clones of snapshots there: make a full clone",
    });
  });
});

describe('the linked clones of a VM', () => {
  const linked = (asker = root) => copies().linkedClones(asker, 100);

  test('are named with their volumes, in the order of their numbers, to who may look at them', async () => {
    const { name: base } = await made.parts.storages
      .storage('local')
      .makeBase(quietContext(), '100/vm-100-disk-0.qcow2');
    const config = { scsi0: `local:${base},size=1G`, template: 1 };
    await made.store.write(guestKey(100), { ...made.document(100)!, config });
    expect(await linked()).toEqual([]);
    for (const vmid of [302, 301])
      await made.parts.storages.storage('local').clone(quietContext(), base, { vmid, mode: 'linked' });
    expect(await linked()).toEqual(
      [301, 302].map((vmid) => ({ vmid, volumes: [`local:${vmid}/vm-${vmid}-disk-0.qcow2`] })),
    );
    expect((await linked(without('/vms/301', 'VM.Audit'))).map(({ vmid }) => vmid)).toEqual([302]);
  });

  test('cannot be asked of a VM that is not there', async () => {
    await expect(copies().linkedClones(root, 999)).rejects.toMatchObject({ code: 'not-found' });
  });
});
