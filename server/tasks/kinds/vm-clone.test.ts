// The tasks `qmclone` and `qmtemplate` under the suite of task kinds: full, copied, linked, of a snapshot; what is refused.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import type { TaskKind } from '../task.ts';
import { type VmCloneParams, vmCloneKind } from './vm-clone.ts';
import { vmDeleteKind } from './vm-delete.ts';
import { vmTemplateKind } from './vm-template.ts';

const uuid = '0f4c6b9a-1111-4222-8333-444455556666';
const config: VmConfig = {
  name: 'web',
  bios: 'ovmf',
  boot: 'order=scsi0;ide2',
  description: 'first',
  efidisk0: 'local:100/vm-100-disk-1.raw,efitype=4m,size=528K',
  ide2: 'local:iso/a.iso,media=cdrom',
  meta: 'ctime=1',
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=5',
  protection: 1,
  scsi0: 'local:100/vm-100-disk-0.qcow2,iothread=1,size=1G',
  scsi1: 'other:100/vm-100-disk-0.raw,size=1G',
  scsihw: 'virtio-scsi-single',
  smbios1: `uuid=${uuid},serial=abc`,
  unused0: 'local:100/vm-100-disk-2.qcow2',
  vmgenid: uuid,
};
/** No bridge of the tests separates VLANs. */
const untagged: VmConfig = { ...config, net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' };
const template: VmConfig = {
  ...config,
  efidisk0: 'local:100/base-100-disk-1.raw,efitype=4m,size=528K',
  scsi0: 'local:100/base-100-disk-0.qcow2,iothread=1,size=1G',
  scsi1: 'other:100/base-100-disk-0.raw,size=1G',
  template: 1,
};

async function world(of = config, how: { running?: boolean; snapshot?: string } = {}): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVolume('local:iso/a.iso');
  const vms = of['template'] === 1 ? { ...of } : of;
  if (vms['template'] === 1) {
    for (const volume of [template['efidisk0'], template['scsi0'], template['scsi1']]) {
      const base = String(volume).split(',')[0]!;
      await made.addVolume(base.replace('base-', 'vm-'));
      const [storage, name] = base.split(':') as [string, string];
      await made.storages.storage(storage).makeBase(quietContext(), name.replace('base-', 'vm-'));
    }
  }
  await made.addVm(100, vms, { running: how.running ?? false });
  const { snapshot } = how;
  if (snapshot !== undefined) {
    await made.storages.storage('local').snapshot(quietContext(), '100/vm-100-disk-0.qcow2', snapshot);
    const document = made.document(100)!;
    await made.store.write(guestKey(100), {
      ...document,
      snapshots: { [snapshot]: { config: { name: 'then', scsi0: config['scsi0']! }, snaptime: 1 } },
    });
  }
  return made;
}

/** MAC addresses and UUIDs are made up anew by each task. */
function under<P, S>(made: VmWorld, kind: TaskKind<P, S>, params: P) {
  const snapshot = async () =>
    JSON.parse(
      JSON.stringify(await made.snapshot())
        .replaceAll(/virtio=[0-9A-F:]+/g, 'virtio=any')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'any'),
    ) as unknown;
  return { ...made.under(kind, params), snapshot };
}

const full: VmCloneParams = { vmid: 100, newId: 200, full: true, name: 'twin', pool: 'office' };

describeTaskKind('qmclone, full', async () => {
  const made = await world();
  return under(made, vmCloneKind(made.parts), full);
});

describeTaskKind('qmclone, copied to another storage', async () => {
  const made = await world();
  return under(made, vmCloneKind(made.parts), { ...full, storage: 'other', format: 'raw' });
});

describeTaskKind('qmclone of a running VM', async () => {
  const made = await world(untagged, { running: true });
  return under(made, vmCloneKind(made.parts), { ...full, storage: 'other' });
});

describeTaskKind('qmclone, linked to a template', async () => {
  const made = await world(template);
  return under(made, vmCloneKind(made.parts), { vmid: 100, newId: 200, full: false });
});

describeTaskKind('qmtemplate', async () => {
  const made = await world();
  const task = { kind: vmTemplateKind(made.parts), params: { vmid: 100 } };
  return made.under(task.kind, task.params, async () =>
    made.document(100)?.config['template'] === 1 ? undefined : task,
  );
});

async function run<P, S>(kind: TaskKind<P, S>, params: P) {
  const tasks = runnerWorld();
  tasks.runner.register(kind);
  const ended = await tasks.runner.wait(await tasks.runner.start(kind, params, { requester: 'root@pam' }));
  return { ...ended, log: tasks.log(ended.upid).join('\n') };
}
const clone = (made: VmWorld, more: Partial<VmCloneParams> = {}) =>
  run(vmCloneKind(made.parts), { ...full, ...more });
const parentOf = async (made: VmWorld, volume: string) =>
  (await made.storages.volume(quietContext(), volume)).parent;

describe('a clone', () => {
  test('has disks, a name, cards and an identity of its own', async () => {
    const made = await world();
    expect((await clone(made)).state).toBe('ok');
    const copy = made.document(200)!.config;
    expect(copy).toMatchObject({
      name: 'twin',
      description: 'first',
      efidisk0: 'local:200/vm-200-disk-0.raw,efitype=4m,size=528K',
      ide2: config['ide2'],
      scsi0: 'local:200/vm-200-disk-1.qcow2,iothread=1,size=1G',
      scsi1: 'other:200/vm-200-disk-0.raw,size=1G',
      meta: 'creation-qemu=1.0,ctime=1000000',
    });
    for (const key of ['protection', 'unused0', 'template']) expect(copy[key]).toBeUndefined();
    expect(copy['net0']).toMatch(/^virtio=BC:24:11:[0-9A-F:]{8},bridge=vmbr0,tag=5$/);
    expect(copy['net0']).not.toBe(config['net0']);
    expect(copy['smbios1']).toMatch(/serial=abc/);
    for (const key of ['smbios1', 'vmgenid']) expect(copy[key]).not.toContain(uuid);
    expect(made.document(100)?.config).toEqual(config);
    await made.dispose();
  });

  test('of a VM with a TPM has what its TPM keeps, in a volume of its own', async () => {
    const source: VmConfig = { tpmstate0: 'local:100/vm-100-disk-0.raw,size=4M,version=v2.0' };
    const made = await world(source);
    expect((await clone(made)).state).toBe('ok');
    expect(made.document(200)!.config['tpmstate0']).toBe('local:200/vm-200-disk-0.raw,size=4M,version=v2.0');
    expect((await run(vmDeleteKind(made.parts), { vmid: 100, unreferenced: false })).state).toBe('ok');
    expect(await made.sizeOf('local:200/vm-200-disk-0.raw')).toBe(4 * 1024 ** 2);
    await expect(made.sizeOf('local:100/vm-100-disk-0.raw')).rejects.toMatchObject({ code: 'not-found' });
    await made.dispose();
  });

  test('is called after its source, within the length of a name', async () => {
    const made = await world({ name: 'a'.repeat(60) });
    expect((await run(vmCloneKind(made.parts), { vmid: 100, newId: 201, full: true })).state).toBe('ok');
    expect(made.document(201)?.config['name']).toBe(`Copy-of-${'a'.repeat(55)}`);
    expect(made.document(201)?.config['vmgenid']).toBeUndefined();
    await made.dispose();
  });

  test('goes to another storage and format', async () => {
    const made = await world();
    const ended = await clone(made, { storage: 'other', format: 'qcow2' });
    expect(ended.state).toBe('ok');
    expect(ended.log).toContain('scsi1: copy of other:100/vm-100-disk-0.raw (qcow2)');
    expect(made.document(200)!.config).toMatchObject({
      efidisk0: 'other:200/vm-200-disk-0.raw,efitype=4m,size=528K',
      scsi0: 'other:200/vm-200-disk-1.qcow2,iothread=1,size=1G',
      scsi1: 'other:200/vm-200-disk-2.qcow2,size=1G',
    });
    await made.dispose();
  });

  test('linked to a template shares what can be shared; the template stays while it has clones', async () => {
    const made = await world(template);
    expect((await clone(made, { full: false })).state).toBe('ok');
    const copy = made.document(200)!.config;
    expect(copy).toMatchObject({
      scsi0: 'local:200/vm-200-disk-1.qcow2,iothread=1,size=1G',
      scsi1: 'other:200/vm-200-disk-0.qcow2,size=1G',
    });
    expect(copy['template']).toBeUndefined();
    expect(await parentOf(made, 'local:200/vm-200-disk-1.qcow2')).toBe('100/base-100-disk-0.qcow2');
    // The firmware writes its variables in a raw file: that is copied.
    expect(await parentOf(made, 'local:200/vm-200-disk-0.raw')).toBeUndefined();
    const before = await made.snapshot();
    const { protection: _, ...unprotected } = made.document(100)!.config;
    await made.store.write(guestKey(100), { ...made.document(100)!, config: unprotected });
    expect(await run(vmDeleteKind(made.parts), { vmid: 100, unreferenced: true })).toMatchObject({
      errorCode: 'busy',
      exitStatus: 'VM 100 has linked clones: remove VM 200 first',
    });
    expect((await made.snapshot()).volumes).toEqual(before.volumes);
    await made.dispose();
  });

  test('of a running VM is of one moment, for which it stands, and leaves it what it has open', async () => {
    const made = await world(untagged, { running: true });
    const { attached, guests } = await made.snapshot();
    const seen: string[] = [];
    made.driver.watch(({ reason }) => seen.push(reason));
    expect((await clone(made, { storage: 'other' })).exitStatus).toBe('OK');
    expect(seen).toEqual(['paused', 'resumed']);
    expect(await made.snapshot()).toMatchObject({ attached, guests });
    expect(made.document(200)?.config).toMatchObject({
      efidisk0: 'other:200/vm-200-disk-0.raw,efitype=4m,size=528K',
      scsi0: 'other:200/vm-200-disk-1.qcow2,iothread=1,size=1G',
      scsi1: 'other:200/vm-200-disk-2.raw,size=1G',
    });
    // A copy that QEMU gave up is none.
    made.driver.disturb = (action, vmid) => {
      if (action === 'pause') void made.driver.endMirror(vmid, 'sda');
      return {};
    };
    const ended = await clone(made, { newId: 201 });
    expect(ended.exitStatus).toContain('scsi0: QEMU gave the copy up');
    expect(await made.snapshot()).toMatchObject({ attached, guests });
    await made.dispose();
  });

  test('of a running VM that ends meanwhile leaves nothing, though the disk was to be another drive', async () => {
    const made = await world(untagged, { running: true });
    const { scsi0, ...others } = untagged;
    const document = {
      ...made.document(100)!,
      config: { ...others, virtio0: scsi0!, boot: 'order=virtio0' },
    };
    await made.store.write(guestKey(100), document);
    const before = (await made.snapshot()).volumes;
    made.driver.disturb = (action) => {
      if (action !== 'mirrorDisk') return {};
      made.driver.endGuest(100, 'shutdown');
      return {};
    };
    const ended = await clone(made, { storage: 'other' });
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
    expect(ended.exitStatus).not.toContain('could not undo');
    expect((await made.snapshot()).volumes).toEqual(before);
    await made.dispose();
  });

  test('of a snapshot of a running VM leaves it what it has open', async () => {
    const made = await world(untagged, { running: true, snapshot: 'before' });
    const { attached, guests } = await made.snapshot();
    const { name: _, ...unnamed } = full;
    const ended = await run(vmCloneKind(made.parts), { ...unnamed, snapshot: 'before', storage: 'other' });
    expect(ended.exitStatus).toBe('OK');
    expect(await made.snapshot()).toMatchObject({ attached, guests });
    expect(made.document(200)).not.toHaveProperty('snapshots');
    expect(made.document(200)?.config).toMatchObject({
      name: 'Copy-of-then',
      scsi0: 'other:200/vm-200-disk-0.qcow2,iothread=1,size=1G',
    });
    await made.dispose();
  });

  test('of a snapshot has the variables of UEFI that were copied for it', async () => {
    const made = await world({ ...config, bios: 'ovmf' }, { snapshot: 'before' });
    const copy = 'local:100/vm-100-firmware-before.raw';
    await made.addVolume(copy, 540_672);
    const document = made.document(100)!;
    const { scsi0, efidisk0 } = config;
    const before = { config: { scsi0: scsi0!, efidisk0: efidisk0! }, snaptime: 1 };
    const store = (snapshot: object) =>
      made.store.write(guestKey(100), { ...document, snapshots: { before: { ...before, ...snapshot } } });
    await store({});
    expect(await clone(made, { snapshot: 'before' })).toMatchObject({
      errorCode: 'unsupported',
      exitStatus: expect.stringContaining("efidisk0: storage 'local': snapshots of disks of format 'raw'"),
    });
    await store({ copies: { efidisk0: copy } });
    const ended = await clone(made, { snapshot: 'before' });
    expect(ended.exitStatus).toBe('OK');
    expect(ended.log).toContain(`efidisk0: full clone of ${copy}`);
    expect(made.document(200)?.config['efidisk0']).toMatch(/^local:200\/vm-200-disk-\d\.raw/);
    await made.dispose();
  });

  test('has a cloud-init drive of its own, also from a template', async () => {
    const drive = 'local:100/vm-100-cloudinit.raw,media=cdrom,size=4M';
    const made = await world({ ide0: drive, scsi0: config['scsi0']! });
    expect((await run(vmTemplateKind(made.parts), { vmid: 100 })).state).toBe('ok');
    expect(made.document(100)?.config['ide0']).toBe(drive);
    expect((await clone(made, { full: false })).exitStatus).toBe('OK');
    expect(made.document(200)?.config['ide0']).toMatch(/^local:200\/vm-200-cloudinit\.raw,media=cdrom/);
    expect(made.document(200)?.config['scsi0']).toMatch(/^local:200\/vm-200-disk-0\.qcow2/);
    await made.dispose();
  });

  test.each([
    ['onto a taken number', { newId: 100 }, 'already-exists', 'VM 100 already exists'],
    ['linked to no template', { full: false }, 'invalid-input', 'template or a snapshot'],
    ['linked elsewhere', { full: false, storage: 'other' }, 'invalid-input', 'stays on the storage'],
    ['linked in a format', { full: false, format: 'raw' }, 'invalid-input', 'format'],
    ['of a snapshot that is not there', { snapshot: 'none' }, 'not-found', 'none'],
    ['linked to a snapshot inside an image', { full: false, snapshot: 'before' }, 'unsupported', "'local'"],
    ['to a storage that is not there', { storage: 'none' }, 'not-found', 'none'],
    ['in a format that the storage lacks', { storage: 'other', format: 'vmdk' }, 'invalid-input', 'format'],
  ] as const)('%s is refused, and nothing is changed', async (_what, more, code, text) => {
    const made = await world(config, { snapshot: 'before' });
    const before = await made.snapshot();
    const ended = await clone(made, more as Partial<VmCloneParams>);
    expect(ended).toMatchObject({ state: 'failed', errorCode: code });
    expect(ended.exitStatus).toContain(text);
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });
});

describe('a template', () => {
  test('has bases for its disks, of one or of all, and its unused disks stay', async () => {
    const made = await world();
    expect((await run(vmTemplateKind(made.parts), { vmid: 100, disk: 'scsi1' })).state).toBe('ok');
    expect(made.document(100)?.config).toMatchObject({ ...config, scsi1: template['scsi1'], template: 1 });
    expect((await run(vmTemplateKind(made.parts), { vmid: 100, disk: 'scsi0' })).state).toBe('ok');
    expect(await run(vmTemplateKind(made.parts), { vmid: 100 })).toMatchObject({ errorCode: 'wrong-state' });
    expect(await run(vmTemplateKind(made.parts), { vmid: 100, disk: 'scsi9' })).toMatchObject({
      errorCode: 'invalid-input',
    });
    expect(made.document(100)?.config['unused0']).toBe(config['unused0']);
    await made.dispose();
  });

  test.each([{ running: true }, { snapshot: 'before' }])('is not made with %j', async (how) => {
    const made = await world(untagged, how);
    const before = await made.snapshot();
    expect(await run(vmTemplateKind(made.parts), { vmid: 100 })).toMatchObject({ errorCode: 'wrong-state' });
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });
});
