// What the container service refuses, in which words, and that nothing has changed then.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CtWorld, ctConfig, ctTemplate, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { configDigest } from '../../core/config-digest.ts';
import type { Asker } from '../guest-requests.ts';
import { refusedBy, root, without } from '../guest-service-fixture.ts';
import { createVmidReservations } from '../vmid-reservations.ts';
import type { CtCloneRequest, CtMoveRequest } from './ct-copies.ts';
import { type CtConfigRequest, type CtCreateRequest, createCtService } from './ct-service.ts';

const disk = (vmid: number, number = 0) => `local:${vmid}/subvol-${vmid}-disk-${number}.subvol`;

let made: CtWorld;
let started: { type: string; params: object; requester: string }[];
beforeEach(async () => {
  made = await ctWorld();
  started = [];
  await made.addVolume(ctTemplate);
  await made.addVolume('local:iso/a.iso');
  await made.addVolume(disk(100, 5));
  await made.addVolume(disk(101, 3));
  await made.addCt(100, { ...ctConfig(100), unused0: disk(100, 1) }, { snapshots: ['first'] });
  await made.addCt(101, ctConfig(101));
});
afterEach(() => made.dispose());

const service = () =>
  createCtService({
    ...made.parts,
    reservations: createVmidReservations(made.parts.clock, (vmid) => made.document(vmid) !== undefined),
    bindMounts: () => ({ allowed: ['/srv/shared'], own: ['/srv/shared/croft'] }),
    startTask: async (type, params, requester) => {
      started.push({ type, params, requester });
      return 'UPID:test';
    },
  });

const change = (asker: Asker, request: Partial<CtConfigRequest>) =>
  service().changeConfig(asker, 100, {
    ...{ set: {}, remove: [], revert: [], digest: undefined },
    ...request,
  });
const create = (asker: Asker, vmid: number, request: Partial<CtCreateRequest> = {}) =>
  service().create(asker, vmid, {
    ...{ set: {}, template: ctTemplate, start: false, storage: undefined },
    ...{ password: undefined, sshKeys: undefined },
    ...request,
  });
const clone = (asker: Asker, request: Partial<CtCloneRequest> = {}) =>
  service().clone(asker, 100, {
    ...{ newId: 200, full: undefined, snapshot: undefined, storage: undefined },
    ...{ hostname: undefined, description: undefined },
    ...request,
  });
const move = (asker: Asker, request: Partial<CtMoveRequest>) =>
  service().moveVolume(asker, 100, {
    ...{ key: 'rootfs', storage: undefined, remove: false, digest: undefined },
    ...{ targetVmid: undefined, targetKey: undefined, targetDigest: undefined },
    ...request,
  });

/** Refused, with nothing changed and no task begun. */
const refused = (call: () => Promise<unknown>) => refusedBy(made, started, call);

describe('without a privilege', () => {
  test.each([
    [{ memory: 1024 }, '/vms/100', 'VM.Config.Memory'],
    [{ mp1: 'other:4,mp=/data' }, '/storage/other', 'Datastore.AllocateSpace'],
    [{ net1: 'name=eth1,bridge=vmbr0' }, '/sdn/zones/localnetwork/vmbr0', 'SDN.Use'],
    [{ mp1: '/srv/shared/data,mp=/shared' }, '/', 'Sys.Modify'],
  ] as const)('%j is refused, naming path and privilege', async (set, path, privilege) => {
    (await refused(() => change(without(path, privilege), { set }))).toMatchObject({
      code: 'forbidden',
      message: `Permission check failed (${path}, ${privilege})`,
    });
    expect(await change(root, { set })).toBe('UPID:test');
  });

  test.each([
    ['create', () => create(without('/vms/200', 'VM.Allocate'), 200)],
    ['clone to a number', () => clone(without('/vms/200', 'VM.Allocate'))],
    ['clone', () => clone(without('/storage/other', 'Datastore.AllocateSpace'), { storage: 'other' })],
    ['clone onto a bridge', () => clone(without('/sdn/zones/localnetwork/vmbr0', 'SDN.Use'))],
    ['move', () => move(without('/storage/other', 'Datastore.AllocateSpace'), { storage: 'other' })],
    ['give', () => move(without('/vms/101', 'VM.Config.Disk'), { key: 'unused0', targetVmid: 101 })],
  ])('to %s nobody does it', async (_what, call) => {
    (await refused(call)).toMatchObject({ code: 'forbidden' });
  });

  test('to create one nobody learns which numbers are taken', async () => {
    for (const vmid of [100, 555])
      (await refused(() => create(without(`/vms/${vmid}`, 'VM.Allocate'), vmid))).toMatchObject({
        code: 'forbidden',
      });
  });

  test('a template is not for whoever may neither see nor use its storage', async () => {
    const nobody: Asker = { requester: 'user@pve', may: (path) => path !== '/storage/local' };
    const set = { rootfs: 'other:4' };
    (await refused(() => create(nobody, 200, { set }))).toMatchObject({ code: 'forbidden' });
    const auditor = without('/storage/local', 'Datastore.AllocateSpace');
    expect(await create(auditor, 200, { set })).toBe('UPID:test');
  });
});

describe('a volume', () => {
  test.each([
    ['of another container', { mp1: `${disk(101)},mp=/data` }, 'used by CT 101'],
    ['that another one has left over', { mp1: `${disk(101, 3)},mp=/data` }, 'belongs to guest 101'],
    ['that is not there', { mp1: `${disk(100, 77)},mp=/data` }, 'does not exist'],
    ['on a storage that is not there', { mp1: 'none:4,mp=/data' }, "storage 'none'"],
    ['that is an ISO image', { mp1: 'local:iso/a.iso,mp=/data' }, 'not a volume that a container can mount'],
  ])('%s is refused by its key', async (_what, set, text) => {
    (await refused(() => change(root, { set }))).toMatchObject({
      code: 'invalid-input',
      fields: { mp1: expect.stringContaining(text) },
    });
  });

  test('of its own is taken back', async () => {
    expect(await change(root, { set: { mp1: `${disk(100, 1)},mp=/data` } })).toBe('UPID:test');
    expect(started).toMatchObject([{ type: 'vzconfig', params: { vmid: 100 } }]);
  });
});

describe('a folder of the host', () => {
  test.each(['/etc', '/srv/other', '/srv/shared/croft/data', '/'])('%s is for nobody', async (folder) => {
    (await refused(() => change(root, { set: { mp1: `${folder},mp=/data` } }))).toMatchObject({
      code: expect.stringMatching(/forbidden|invalid-input/),
    });
  });
});

describe('a new container', () => {
  test('gets a root on the storage given, else on local; the password is no parameter', async () => {
    await create(root, 200, { password: 'secret word', sshKeys: 'ssh-ed25519 AAAA' });
    await create(root, 201, { storage: 'other' });
    expect(JSON.stringify(started)).not.toMatch(/secret word|ssh-ed25519/);
    expect(started).toMatchObject([
      { type: 'vzcreate', params: { change: { allocations: [{ key: 'rootfs', storage: 'local' }] } } },
      { type: 'vzcreate', params: { change: { allocations: [{ key: 'rootfs', storage: 'other' }] } } },
    ]);
    const { secrets } = started[0]!.params as { secrets: string };
    expect(made.parts.secrets.read(secrets)).toEqual({
      password: 'secret word',
      sshKeys: 'ssh-ed25519 AAAA',
    });
  });

  test.each([
    ['of what is no template', { template: 'local:iso/a.iso' }, 'ostemplate'],
    ['of a template that is not there', { template: 'local:vztmpl/none.tar.zst' }, 'ostemplate'],
    ['with a root that is there', { set: { rootfs: disk(100, 5) } }, 'rootfs'],
    ['with a folder as root', { set: { rootfs: '/srv/shared/root' } }, 'rootfs'],
    ['as a template', { set: { template: true } }, 'template'],
    ['without room for a root', { storage: 'none' }, 'rootfs'],
  ])('%s is refused', async (_what, request, field) => {
    (await refused(() => create(root, 200, request))).toMatchObject({
      code: 'invalid-input',
      fields: { [field]: expect.any(String) },
    });
  });
});

test('another digest, a taken number, and what is not there are refused', async () => {
  (await refused(() => change(root, { set: { memory: 64 }, digest: configDigest({}) }))).toMatchObject({
    code: 'wrong-state',
  });
  (await refused(() => create(root, 100))).toMatchObject({ code: 'invalid-input' });
  (await refused(() => clone(root, { newId: 101 }))).toMatchObject({ code: 'invalid-input' });
  (await refused(() => clone(root, { snapshot: 'none' }))).toMatchObject({ code: 'not-found' });
  (await refused(() => service().power(root, 'vzstart', 999))).toMatchObject({ code: 'not-found' });
  (await refused(() => service().rollback(root, 100, 'none', false))).toMatchObject({ code: 'not-found' });
  (await refused(() => service().takeSnapshot(root, 100, 'first', undefined))).toMatchObject({
    code: 'already-exists',
  });
  (await refused(() => move(root, {}))).toMatchObject({ fields: { storage: expect.any(String) } });
  const resize = { disk: 'mp9', size: '+1G', digest: undefined };
  (await refused(() => service().resize(root, 100, resize))).toMatchObject({
    fields: { disk: expect.any(String) },
  });
});

test('a clone is full by default, of a template linked', async () => {
  await clone(root);
  await made.store.write('guests/101', { ...made.document(101)!, config: { ...ctConfig(101), template: 1 } });
  const request = { newId: 201, full: undefined, snapshot: undefined, storage: undefined };
  await service().clone(root, 101, { ...request, hostname: undefined, description: undefined });
  expect(started.map(({ params }) => params)).toEqual([
    { vmid: 100, newId: 200, full: true },
    { vmid: 101, newId: 201, full: false },
  ]);
});

test('what it can do is told with the reason why not', async () => {
  expect(await service().feature(100, 'snapshot', undefined)).toEqual({ possible: true });
  expect(await service().feature(100, 'clone', 'first')).toEqual({ possible: true });
  expect(await service().feature(100, 'clone', undefined)).toEqual({
    possible: false,
    reason: 'a linked clone is made of a template or a snapshot',
  });
});

test("a snapshot's description changes at once", async () => {
  await service().describeSnapshot(100, 'first', 'before the update');
  expect(made.document(100)?.snapshots?.['first']?.description).toBe('before the update');
  await service().describeSnapshot(100, 'first', undefined);
  expect(made.document(100)?.snapshots?.['first']).not.toHaveProperty('description');
  await expect(service().describeSnapshot(100, 'none', 'x')).rejects.toMatchObject({ code: 'not-found' });
});
