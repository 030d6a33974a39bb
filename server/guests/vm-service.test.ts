// What the VM service refuses, in which words, and that nothing has changed then.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VmWorld, vmWorld } from '../../test/fixtures/vm-world.ts';
import { configDigest } from '../core/config-digest.ts';
import { describeConfig } from './config/guest-document.ts';
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

describe("arguments of QEMU's own", () => {
  const args = '-device pvpanic';
  const all = (requester: string): Asker => ({ requester, may: () => true });

  test('are for root@pam alone, set and taken away', async () => {
    await change(all('root@pam'), { set: { args } });
    await create(all('root@pam!full'), 300, { args });
    expect(started).toMatchObject([
      { type: 'qmconfig', params: { set: { args } } },
      { type: 'qmcreate', params: { change: { config: { args } } } },
    ]);
  });

  test.each([
    ['an administrator', all('admin@pve')],
    [
      "a token of root's with fewer privileges",
      { ...without('/', 'Sys.Modify'), requester: 'root@pam!less' },
    ],
  ])('are refused to %s', async (_who, asker) => {
    const forbidden = { code: 'forbidden', message: expect.stringContaining('root@pam') };
    (await refused(() => change(asker, { set: { args } }))).toMatchObject(forbidden);
    (await refused(() => create(asker, 300, { args }))).toMatchObject(forbidden);
    await made.addVm(102, { args });
    const take = () =>
      service().changeConfig(asker, 102, {
        ...{ set: {}, remove: ['args'], revert: [], digest: undefined, force: false },
      });
    await expect(take()).rejects.toMatchObject(forbidden);
  });
});

describe('cloud-init', () => {
  test('keeps a hash of the password, and shows neither', async () => {
    await change(root, { set: { cipassword: 'secret word' } });
    const hash = await made.parts.cloudInit.hashPassword('secret word');
    expect(started).toMatchObject([{ type: 'qmconfig', params: { set: { cipassword: hash } } }]);
    expect(JSON.stringify(started)).not.toContain('secret word');
    await create(root, 300, { cipassword: '$6$abc$def' });
    expect(started[1]).toMatchObject({ params: { change: { config: { cipassword: '$6$abc$def' } } } });
  });

  test('takes what is shown of a password for the one there is', async () => {
    (await refused(() => change(root, { set: { cipassword: '**********' } }))).toMatchObject({
      fields: { cipassword: 'there is no password to keep' },
    });
    await made.addVm(102, { cipassword: '$6$abc$def', ciuser: 'ann' });
    const request = { remove: [], revert: [], digest: undefined, force: false };
    await service().changeConfig(root, 102, { ...request, set: { cipassword: '**********' } });
    expect(started).toMatchObject([{ params: { set: { cipassword: '$6$abc$def' } } }]);
    const document = made.document(102)!;
    expect(describeConfig(document, false)).toMatchObject({ cipassword: '**********', ciuser: 'ann' });
    expect(service().cloudInitLines(102)).toEqual([
      { key: 'cipassword', value: '**********' },
      { key: 'ciuser', value: 'ann' },
    ]);
    expect(await service().dumpOfCloudInit(102, 'user')).toContain('password: "**********"');
  });

  test.each([
    ['user=local:iso/a.iso', /not in the snippets/],
    ['user=local:snippets/none.yaml', /none.yaml/],
    ['vendor=gone:snippets/a', /gone/],
  ])('refuses the files %s', async (cicustom, rule) => {
    (await refused(() => change(root, { set: { cicustom } }))).toMatchObject({
      ...{ code: 'invalid-input', fields: { cicustom: expect.stringMatching(rule) } },
    });
  });

  test('without a drive there is nothing to make anew', async () => {
    (await refused(() => service().regenerateCloudInit(root, 100))).toMatchObject({ code: 'wrong-state' });
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
    ['in a path that is none', { scsi1: 'local:0,import-from=/srv/none.raw' }, 'scsi1', 'there is no file'],
    ['in a path without a format', { scsi1: 'local:0,import-from=/etc/shadow' }, 'scsi1', 'must end in'],
    ['in a path that leads up', { scsi1: 'local:0,import-from=/srv/../a.raw' }, 'scsi1', 'without . and ..'],
    ['in a folder', { scsi1: 'local:0,import-from=/sys/fs/x.raw' }, 'scsi1', 'there is no file'],
    [
      'in an archive that is not there',
      { scsi1: 'local:0,import-from=local:import/x.ova/a.vmdk' },
      'scsi1',
      'does not exist',
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
  for (const request of [{ set: { name: 'b' } }, { remove: ['vmstate'] }])
    (await refused(() => change(root, { ...request, digest: configDigest({}) }))).toMatchObject({
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
