// The task `qmmove` under the suite of task kinds: to another storage or format, to another VM; what is refused.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { guestKey } from '../../guests/config/guest-document.ts';
import type { BoundaryPoint } from '../crash-point.ts';
import type { TaskKind } from '../task.ts';
import { type VmGiveParams, vmGiveDiskKind } from './vm-give-disk.ts';
import { type VmMoveParams, vmMoveDiskKind } from './vm-move-disk.ts';

const disk = 'local:100/vm-100-disk-0.qcow2';
const config: VmConfig = {
  boot: 'order=scsi0;scsi1',
  efidisk0: 'local:100/vm-100-disk-1.raw,size=528K',
  bios: 'ovmf',
  ide2: 'none,media=cdrom',
  scsi0: `${disk},discard=on,size=1G`,
  scsi1: 'local:100/vm-100-disk-3.raw,size=1G',
  unused0: 'local:100/vm-100-disk-2.qcow2',
};

async function world(running = false): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVm(100, config, { running });
  await made.addVm(200, { virtio0: 'local:200/vm-200-disk-0.qcow2,size=1G' });
  return made;
}

const move: VmMoveParams = { vmid: 100, key: 'scsi0', storage: 'other', remove: false, digest: undefined };
const give: VmGiveParams = {
  ...{ vmid: 100, key: 'scsi0', targetVmid: 200, targetKey: 'virtio3' },
  ...{ digest: undefined, targetDigest: undefined },
};

describeTaskKind('qmmove to another storage', async () => {
  const made = await world();
  return made.under(vmMoveDiskKind(made.parts), move);
});

/** The rest of a move that broke off once the copy was in use: the old disk is unused now, and goes as such. */
function dropOld(made: VmWorld) {
  return async () => {
    const found = made.document(100)!.config;
    const unused = Object.keys(found).find((key) => key.startsWith('unused') && found[key] === disk);
    if (unused === undefined) return undefined;
    const kind = vmMoveDiskKind(made.parts);
    const step = {
      name: 'drop',
      run: async () => {
        await made.storages.storage('local').remove(quietContext(), '100/vm-100-disk-0.qcow2');
        const { [unused]: _, ...config } = found;
        await made.store.write(guestKey(100), { ...made.document(100)!, config });
      },
    };
    const rest = { ...kind, check: async () => {}, steps: [step] };
    return { kind: rest as typeof kind, params: move };
  };
}

describeTaskKind('qmmove that removes the original', async () => {
  const made = await world();
  return made.under(vmMoveDiskKind(made.parts), { ...move, remove: true }, dropOld(made));
});

describeTaskKind('qmmove of a running VM', async () => {
  const made = await world(true);
  return made.under(vmMoveDiskKind(made.parts), { ...move, remove: true }, dropOld(made));
});

describeTaskKind('qmmove to another VM', async () => {
  const made = await world();
  return made.under(vmGiveDiskKind(made.parts), give);
});

async function run<P, S>(
  kind: TaskKind<P, S>,
  params: P,
  onBoundary: (point: BoundaryPoint) => void = () => {},
) {
  const { runner } = runnerWorld({ onBoundary });
  runner.register(kind);
  return runner.wait(await runner.start(kind, params, { requester: 'root@pam' }));
}
const moved = (made: VmWorld, more: Partial<VmMoveParams>) =>
  run(vmMoveDiskKind(made.parts), { ...move, ...more });
const given = (made: VmWorld, more: Partial<VmGiveParams>) =>
  run(vmGiveDiskKind(made.parts), { ...give, ...more });

describe('a move', () => {
  test('keeps the original as an unused disk, or removes it', async () => {
    const made = await world();
    expect((await moved(made, {})).exitStatus).toBe('OK');
    expect(made.document(100)?.config).toMatchObject({
      boot: config['boot'],
      scsi0: 'other:100/vm-100-disk-0.qcow2,discard=on,size=1G',
      unused1: disk,
    });
    expect((await moved(made, { key: 'unused1', remove: true })).exitStatus).toBe('OK');
    expect(made.document(100)?.config['unused1']).toBe('other:100/vm-100-disk-1.qcow2');
    expect((await made.snapshot()).volumes.join()).not.toContain(disk);
    await made.dispose();
  });

  test('broken after the original was removed leaves the copy in use, and names nothing that is gone', async () => {
    const made = await world();
    const params = { ...move, remove: true };
    const ended = await run(vmMoveDiskKind(made.parts), params, ({ step, moment }) => {
      if (step === 'remove-source' && moment === 'after-run') throw new Error('broken');
    });
    expect(ended.state).toBe('failed');
    const { scsi0: _, ...others } = config;
    expect(made.document(100)?.config).toEqual({
      ...{ ...others, scsi0: 'other:100/vm-100-disk-0.qcow2,discard=on,size=1G' },
    });
    expect((await made.snapshot()).volumes.join()).toContain('other:100/vm-100-disk-0.qcow2');
    await made.dispose();
  });

  test('is also to another format of the same storage', async () => {
    const made = await world();
    expect((await moved(made, { storage: 'local', format: 'raw', remove: true })).exitStatus).toBe('OK');
    expect(made.document(100)?.config['scsi0']).toBe('local:100/vm-100-disk-4.raw,discard=on,size=1G');
    expect((await moved(made, { key: 'efidisk0', format: 'qcow2' })).exitStatus).toBe('OK');
    expect(made.document(100)?.config['efidisk0']).toBe('other:100/vm-100-disk-0.raw,size=528K');
    await made.dispose();
  });

  test.each([
    ['of a disk that is not there', { key: 'scsi9' }, 'invalid-input', "no disk 'scsi9'"],
    ['of a disc', { key: 'ide2' }, 'invalid-input', 'CD drive'],
    ['to where it is', { storage: 'local' }, 'invalid-input', "on storage 'local' already"],
    ['to the format that it has', { storage: 'local', format: 'qcow2' }, 'invalid-input', "'qcow2' already"],
    ['to no storage', { storage: 'none' }, 'not-found', 'none'],
    ['of an older configuration', { digest: '0'.repeat(40) }, 'wrong-state', ''],
  ] as const)('%s is refused', async (_what, more, code, text) => {
    const made = await world();
    const before = await made.snapshot();
    const ended = await moved(made, more as Partial<VmMoveParams>);
    expect(ended).toMatchObject({ state: 'failed', errorCode: code });
    expect(ended.exitStatus).toContain(text);
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('of a running VM switches it over, and what it runs with says so', async () => {
    const made = await world(true);
    const seen: string[] = [];
    made.driver.watch(({ reason }) => seen.push(reason));
    const changed = { ...config, name: 'new', cores: 2 };
    await made.store.write(guestKey(100), { ...made.document(100)!, config: changed });
    expect((await moved(made, { format: 'raw', remove: true, limitKib: 1024 })).exitStatus).toBe('OK');
    const scsi0 = 'other:100/vm-100-disk-0.raw,discard=on,size=1G';
    expect(made.document(100)?.config).toEqual({ ...changed, scsi0 });
    expect(made.document(100)?.running).toEqual({ ...config, scsi0 });
    expect(made.driver.devicesOf(100).join()).toMatch(/sda [^,]*vm-100-disk-0\.raw/);
    expect(seen).toEqual(['paused', 'resumed']);
    const { attached, volumes } = await made.snapshot();
    expect(attached).toContain('other:100/vm-100-disk-0.raw');
    expect(attached).not.toContain(disk);
    expect(volumes.join()).not.toContain(disk);
    // One that stood goes on standing.
    await made.driver.pause(100);
    expect((await moved(made, { key: 'scsi1' })).exitStatus).toBe('OK');
    expect((await made.snapshot()).guests).toMatchObject([{ state: 'paused' }]);
    // An unused one is nobody's.
    expect((await moved(made, { key: 'unused0' })).exitStatus).toBe('OK');
    await made.dispose();
  });

  test('of a running VM leaves the old disk in use when the guest stops, or the copy is given up', async () => {
    for (const end of ['stops', 'fails'] as const) {
      const made = await world(true);
      const { volumes } = await made.snapshot();
      made.driver.disturb = (action) => {
        if (action !== 'mirrorDisk') return {};
        if (end === 'stops') made.driver.endGuest(100, 'shutdown');
        return { error: new AppError('command-failed', 'its storage is full') };
      };
      const ended = await moved(made, {});
      expect(ended.exitStatus).toContain(end === 'stops' ? 'VM 100 stopped while scsi0' : 'is full');
      expect(made.document(100)?.config).toEqual(config);
      expect((await made.snapshot()).volumes).toEqual(volumes);
      await made.dispose();
    }
  });

  test.each([
    [1, 'running', 'other:100/vm-100-disk-0.qcow2'],
    [2, 'paused', disk],
  ])(
    'keeps what a running VM uses, though that cannot be written down %i times',
    async (times, state, named) => {
      const made = await world(true);
      let left = 0;
      made.driver.watch(({ reason }) => {
        if (reason === 'paused') left = times;
      });
      const write = made.store.write.bind(made.store);
      made.store.write = async (...given) => {
        if (left-- > 0) throw new AppError('no-quorum', 'nobody can be asked');
        return write(...given);
      };
      const kind = vmMoveDiskKind(made.parts);
      const { runner } = runnerWorld();
      runner.register(kind);
      const upid = await runner.start(
        kind,
        { vmid: 100, key: 'scsi0', storage: 'other', remove: true, digest: undefined },
        { requester: 'root@pam' },
      );
      expect(await runner.wait(upid)).toMatchObject({ state: 'failed', errorCode: 'no-quorum' });
      expect(made.driver.devicesOf(100).join()).toMatch(/sda [^,]*other\/100\/vm-100-disk-0/);
      const { volumes, guests } = await made.snapshot();
      expect(volumes.join()).toContain('other:100/vm-100-disk-0.qcow2');
      expect(volumes.join()).toContain(disk);
      expect(guests).toMatchObject([{ state }]);
      expect(String(made.document(100)?.config['scsi0'])).toContain(named);
      await made.dispose();
    },
  );

  test('a running VM keeps its variables of UEFI where they are', async () => {
    const made = await world(true);
    expect((await moved(made, { key: 'efidisk0' })).exitStatus).toContain(
      'efidisk0 cannot be copied while VM 100 runs: shut it down first',
    );
    const other = { ...config, unused3: 'local:100/vm-100-disk-3.raw' };
    await made.store.write(guestKey(100), { ...made.document(100)!, config: other });
    expect((await moved(made, { key: 'unused3' })).exitStatus).toContain(
      'open in the running guest as scsi1',
    );
    await made.dispose();
  });

  test('of a disk that snapshots need keeps the original', async () => {
    const made = await world();
    const document = made.document(100)!;
    await made.store.write(guestKey(100), { ...document, snapshots: { first: { config, snaptime: 1 } } });
    expect((await moved(made, { remove: true })).exitStatus).toContain('snapshots of VM 100 (first)');
    expect((await moved(made, {})).exitStatus).toBe('OK');
    await made.dispose();
  });
});

describe('a disk that is given away', () => {
  test('has the name and the owner of its new VM, and the options that its bus knows', async () => {
    const made = await world();
    expect((await given(made, {})).exitStatus).toBe('OK');
    expect(made.document(200)?.config['virtio3']).toBe('local:200/vm-200-disk-1.qcow2,discard=on,size=1G');
    expect(made.document(100)?.config).toMatchObject({ boot: 'order=scsi1' });
    expect(made.document(100)?.config).not.toHaveProperty('scsi0');
    expect((await given(made, { key: 'unused0', targetKey: 'unused0' })).exitStatus).toBe('OK');
    expect(made.document(200)?.config['unused0']).toBe('local:200/vm-200-disk-2.qcow2');
    await made.dispose();
  });

  test.each([
    ['to itself', { targetVmid: 100 }, 'invalid-input', 'same VM'],
    ['to none', { targetVmid: 300 }, 'not-found', 'VM 300'],
    ['to a key that is taken', { targetKey: 'virtio0' }, 'invalid-input', "has 'virtio0' already"],
    ['as variables of UEFI', { targetKey: 'efidisk0' }, 'invalid-input', 'efidisk0'],
    ['out of an older configuration', { targetDigest: '0'.repeat(40) }, 'wrong-state', ''],
  ] as const)('%s is refused', async (_what, more, code, text) => {
    const made = await world();
    const before = await made.snapshot();
    const ended = await given(made, more);
    expect(ended).toMatchObject({ state: 'failed', errorCode: code });
    expect(ended.exitStatus).toContain(text);
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('has no linked clones', async () => {
    const made = await world();
    const local = made.storages.storage('local');
    const { name } = await local.makeBase(quietContext(), '100/vm-100-disk-0.qcow2');
    await local.clone(quietContext(), name, { vmid: 200, mode: 'linked' });
    const document = made.document(100)!;
    const now = { ...document.config, scsi0: `local:${name},size=1G` };
    await made.store.write(guestKey(100), { ...document, config: now });
    for (const ended of [await given(made, {}), await moved(made, { remove: true })])
      expect(ended).toMatchObject({
        errorCode: 'busy',
        exitStatus: expect.stringContaining('linked clones: VM 200'),
      });
    await made.dispose();
  });
});
