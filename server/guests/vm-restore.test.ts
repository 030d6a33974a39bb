// Who may restore which backup to which number, in which words it is refused, and what the task is told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VmWorld, vmWorld } from '../../test/fixtures/vm-world.ts';
import { backupName, described, MemoryArchives } from '../backup/restore/restore-fixture.ts';
import { AppError } from '../core/errors.ts';
import type { VmRestoreParams } from '../tasks/kinds/restore-vm.ts';
import type { Asker } from './guest-requests.ts';
import { only, refusedBy, root, without } from './guest-service-fixture.ts';
import { createVmRestore, type VmRestoreRequest } from './vm-restore.ts';
import { createVmidReservations } from './vmid-reservations.ts';

const archive = `local:backup/${backupName}`;
const renamed = 'local:backup/keep-this.vma.zst';
const ofContainer = 'local:backup/vzdump-lxc-100-2026_06_01-02_30_00.tar.zst';

let made: VmWorld;
let archives: MemoryArchives;
let folder: string;
let started: { type: string; params: object; requester: string }[];
beforeEach(async () => {
  made = await vmWorld();
  archives = new MemoryArchives();
  folder = mkdtempSync(join(tmpdir(), 'croft-restore-'));
  started = [];
  for (const volume of [archive, renamed, ofContainer, 'local:iso/a.iso']) await made.addVolume(volume);
  await made.addVm(101, { name: 'there', hookscript: 'local:snippets/a.sh' });
});
afterEach(async () => {
  await made.dispose();
  rmSync(folder, { recursive: true });
});

const wish: VmRestoreRequest = {
  ...{ archive, force: false, storage: undefined, unique: false, limitKib: undefined, pool: undefined },
  ...{ start: false, live: false, set: {} },
};
const restore = (asker: Asker, vmid: number, more: Partial<VmRestoreRequest> = {}) =>
  createVmRestore({
    ...made.parts,
    archives,
    reservations: createVmidReservations(made.parts.clock, (id) => made.document(id) !== undefined),
    startTask: async (type, params, requester) => {
      started.push({ type, params, requester });
      return 'UPID:test';
    },
  }).restore(asker, vmid, { ...wish, ...more });
const refused = (call: () => Promise<unknown>) => refusedBy(made, started, call);

test('the task is told all that it needs, and nothing of the archive is left open', async () => {
  expect(await restore(root, 200, { start: true, limitKib: 7, pool: undefined, set: { name: 'new' } })).toBe(
    'UPID:test',
  );
  const [{ type, params }] = started as unknown as [{ type: string; params: VmRestoreParams }];
  expect(type).toBe('qmrestore');
  expect(params).toMatchObject({
    ...{ vmid: 200, archive, force: false, start: true, limitKib: 7 },
    change: { config: { name: 'new', ide2: 'local:iso/a.iso,media=cdrom' } },
    disks: [{ key: 'scsi0', device: 'drive-scsi0' }],
  });
  expect(params.change.allocations.map(({ storage }) => storage)).toEqual(['other']);
  expect((await made.snapshot()).attached).toEqual([]);
});

test('a storage that is named is that of all disks, another that is not here is replaced', async () => {
  await restore(root, 200, { storage: 'local' });
  archives.told = described({ text: 'scsi0: nowhere:vm-100-disk-0,size=1G' });
  await restore(root, 202);
  const storages = started.map(({ params }) => (params as VmRestoreParams).change.allocations[0]?.storage);
  expect(storages).toEqual(['local', 'local']);
});

describe('privileges', () => {
  test.each([
    ['/vms/200', 'VM.Allocate'],
    ['/storage/other', 'Datastore.AllocateSpace'],
    ['/sdn/zones/localnetwork/vmbr0', 'SDN.Use'],
  ] as const)('without %s %s it is refused', async (path, privilege) => {
    (await refused(() => restore(without(path, privilege), 200))).toMatchObject({
      code: 'forbidden',
      message: `Permission check failed (${path}, ${privilege})`,
    });
  });

  test('the backup of another guest takes the right to back that up', async () => {
    const base = ['/vms/200 VM.Allocate', '/storage/other Datastore.AllocateSpace'];
    const net = '/sdn/zones/localnetwork/vmbr0 SDN.Use';
    const space = '/storage/local Datastore.AllocateSpace';
    (await refused(() => restore(only(...base, net, space), 200))).toMatchObject({
      message: 'Permission check failed (/vms/100, VM.Backup)',
    });
    expect(await restore(only(...base, net, space, '/vms/100 VM.Backup'), 200)).toBe('UPID:test');
    started.length = 0;
    (await refused(() => restore(only(...base, net, space), 200, { archive: renamed }))).toMatchObject({
      message: 'Permission check failed (/storage/local, Datastore.Allocate)',
    });
  });

  test('who may back a guest up may set it back, to its own backup', async () => {
    await made.addVm(100, { name: 'mine' });
    const asker = only(
      '/vms/100 VM.Backup',
      '/storage/other Datastore.AllocateSpace',
      '/sdn/zones/localnetwork/vmbr0 SDN.Use',
    );
    (await refused(() => restore(asker, 100))).toMatchObject({ code: 'forbidden' });
    expect(await restore(asker, 100, { force: true })).toBe('UPID:test');
    expect(started).toMatchObject([{ params: { change: { config: { ide2: 'none,media=cdrom' } } } }]);
  });

  test('values of the request need what setting them needs', async () => {
    (
      await refused(() => restore(without('/vms/200', 'VM.Config.Memory'), 200, { set: { memory: 64 } }))
    ).toMatchObject({ message: 'Permission check failed (/vms/200, VM.Config.Memory)' });
    const joe: Asker = { requester: 'joe@pve', may: () => true };
    (await refused(() => restore(joe, 200, { set: { args: '-S' } }))).toMatchObject({ code: 'forbidden' });
  });

  test('only root may name a file', async () => {
    const path = join(folder, backupName);
    writeFileSync(path, '');
    const joe: Asker = { requester: 'joe@pve', may: () => true };
    (await refused(() => restore(joe, 200, { archive: path }))).toMatchObject({
      code: 'forbidden',
      message: 'Only root can pass arbitrary filesystem paths.',
    });
    expect(await restore(root, 200, { archive: path })).toBe('UPID:test');
  });
});

describe('refused', () => {
  test.each([
    ['a number that is taken', 101, {}, 'unable to restore VM 101 - VM 101 already exists'],
    ['a container at the number', 300, { force: true }, 'unable to restore VM 300 - CT 300 already exists'],
  ])('%s', async (_what, vmid, more, message) => {
    await made.store.write('guests/300', { ...made.document(101)!, kind: 'lxc', vmid: 300 });
    (await refused(() => restore(root, vmid, more))).toMatchObject({ message });
  });

  test.each([
    ['a backup of a container', ofContainer, 'not a backup of a VM'],
    ['an image', 'local:iso/a.iso', 'must end with'],
    ['a volume that is no backup', 'local:iso/vzdump-qemu-100-2026_06_01-02_30_00.vma', 'not a backup'],
    ['a path that leads up', `/srv/../${backupName}`, 'without . and ..'],
    ['a path that is not there', `/none/${backupName}`, 'there is no file'],
    ['standard input', '-', 'is not a volume ID'],
  ])('%s', async (_what, wrong, why) => {
    const error: unknown = await restore(root, 200, { archive: wrong }).catch((thrown: unknown) => thrown);
    expect(JSON.stringify([(error as Error).message, (error as AppError).fields])).toContain(why);
    expect(started).toEqual([]);
  });

  test('a storage that holds no disks', async () => {
    (await refused(() => restore(root, 200, { storage: 'none' }))).toMatchObject({ code: 'invalid-input' });
  });

  test('an archive that the worker refuses, in its words', async () => {
    archives.failure = new AppError('invalid-input', 'this is not a VMA archive');
    (await refused(() => restore(root, 200))).toMatchObject({ message: 'this is not a VMA archive' });
  });
});

test('one with firmware variables and a TPM alone has nothing to be served while it runs', async () => {
  const text = 'bios: ovmf\nefidisk0: local:1/a.raw,size=528K\ntpmstate0: local:1/b.raw,size=4M,version=v2.0';
  archives.told = described({
    text,
    disks: [
      { device: 'drive-efidisk0', sizeBytes: 540_672 },
      { device: 'drive-tpmstate0-backup', sizeBytes: 4 * 1024 ** 2 },
    ],
  });
  await restore(root, 200, { live: true });
  await restore(root, 201);
  expect(started.map(({ params }) => params as VmRestoreParams)).toMatchObject([
    { start: true, disks: [{ key: 'efidisk0' }, { key: 'tpmstate0' }] },
    { start: false, disks: [{ key: 'efidisk0' }, { key: 'tpmstate0' }] },
  ]);
  expect(started[0]?.params).not.toHaveProperty('live');
});

test('what is about the host stays where the guest that is replaced has it', async () => {
  archives.told = described({ text: 'hookscript: local:snippets/a.sh\nmemory: 64', disks: [] });
  await restore(root, 101, { force: true });
  await restore(root, 200);
  const hooks = started.map(({ params }) => (params as VmRestoreParams).change.config['hookscript']);
  expect(hooks).toEqual(['local:snippets/a.sh', undefined]);
});
