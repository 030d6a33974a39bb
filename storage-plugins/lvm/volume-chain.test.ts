// Images with snapshots below them on a played volume group: chains, sizes, names, and what a process that was killed leaves of them.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { fakeQemuImg, fakeRun } from '../lvm-volumes/lvm-fixture.ts';
import { unfinishedName } from '../lvm-volumes/unfinished.ts';
import { createLvmPlugin } from './lvm-plugin.ts';
import { image, type LvmWorld, lvmWorld, mebibyte, raw } from './lvm-world-fixture.ts';

const context = quietContext();
let world: LvmWorld;
beforeEach(async () => {
  world = await lvmWorld();
});
afterEach(async () => await world.end());

describe('images with snapshots below them', () => {
  const chained = () => world.open({ 'snapshot-as-volume-chain': true });

  test('have room for a full image, and the size that the guest sees', async () => {
    const made = await chained().createDisk(context, image);
    expect(made).toMatchObject({ name: 'vm-100-disk-0.qcow2', format: 'qcow2', sizeBytes: 8 * mebibyte });
    expect(made.usedBytes).toBe(12 * mebibyte);
    expect(world.lvm.volumes.get(made.name)?.tags).toEqual(['pve-vm-100', `croft-size=${8 * mebibyte}`]);
  });

  test('snapshot, attach, roll back, remove', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.snapshot(context, name, 'one');
    await storage.snapshot(context, name, 'two');
    expect(await refused(storage.snapshot(context, name, 'two'))).toBe('already-exists');
    expect(await storage.listSnapshots(context, name)).toEqual(['one', 'two']);
    const [one, two] = ['snap_vm-100-disk-0_one.qcow2', 'snap_vm-100-disk-0_two.qcow2'];
    const below = (lv: string) => ({ path: world.device(lv), format: 'qcow2', device: true });
    expect(await storage.attach(context, name)).toEqual({
      ...{ kind: 'block', path: world.device(name), format: 'qcow2', backing: [below(two), below(one)] },
    });
    expect(await storage.attach(context, name, 'one')).toEqual({
      ...{ kind: 'block', path: world.device(one), format: 'qcow2' },
    });
    await storage.detach(context, name);
    expect(world.active()).toEqual([]);

    await storage.rollback(context, name, 'one');
    expect(await storage.attach(context, name)).toMatchObject({ backing: [below(one)] });
    await storage.detach(context, name);
    expect(await storage.listSnapshots(context, name)).toEqual(['one', 'two']);
    await storage.removeSnapshot(context, name, 'one');
    await storage.removeSnapshot(context, name, 'one');
    const attached = await storage.attach(context, name);
    expect(attached).toEqual({ kind: 'block', path: world.device(name), format: 'qcow2' });
    expect((await storage.attach(context, name, 'two')).kind).toBe('block');
    await storage.detach(context, name);
    await storage.remove(context, name);
    expect(world.lvm.names()).toEqual([]);
  });

  test('stay as they are while a guest has them open', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.snapshot(context, name, 'one');
    await storage.attach(context, name);
    world.lvm.volumes.get(name)!.open = true;
    const before = world.lvm.names();
    for (const call of [
      storage.snapshot(context, name, 'two'),
      storage.rollback(context, name, 'one'),
      storage.removeSnapshot(context, name, 'one'),
      storage.resize(context, name, 16 * mebibyte),
    ])
      expect(await refused(call)).toBe('wrong-state');
    expect(await refused(storage.remove(context, name))).toBe('busy');
    expect(world.lvm.names()).toEqual(before);
  });

  test('grow with their volume', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.resize(context, name, 16 * mebibyte);
    expect((await storage.info(context, name)).sizeBytes).toBe(16 * mebibyte);
    expect(world.lvm.volumes.get(name)?.sizeBytes).toBe(20 * mebibyte);
    expect(await refused(storage.resize(context, name, 8 * mebibyte))).toBe('invalid-input');
  });

  test('have room for what is said about their clusters, which stay as small as they are', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.resize(context, name, 16 * mebibyte);
    const measured = world.lvm.calls.filter((line) => line.startsWith('qemu-img measure'));
    expect(measured.map((line) => /cluster_size=\d+,\S+/.exec(line)?.[0])).toEqual([
      'cluster_size=262144,extended_l2=on',
      'cluster_size=65536,extended_l2=on',
    ]);
  });

  test('a name that the snapshots of one would fall under is not given', async () => {
    const storage = chained();
    const { name } = await storage.createDisk(context, image);
    await storage.snapshot(context, name, 'a_bb');
    const wish = { ...image, name: 'vm-100-disk-0_a' };
    expect(await refused(storage.createDisk(context, wish))).toBe('already-exists');
    const other = await storage.createDisk(context, { ...image, name: 'vm-100-disk-0_c' });
    expect(await refused(storage.snapshot(context, name, 'c_dd'))).toBe('invalid-input');
    expect(await storage.listSnapshots(context, other.name)).toEqual([]);
    expect(await storage.listSnapshots(context, name)).toEqual(['a_bb']);
  });

  test.each(['snapshot', 'rollback'] as const)(
    'the old one stays when the new one is gone before it has the name: %s',
    async (call) => {
      const { lvm } = world;
      const robbed: typeof lvm.exec = async (program, args, options) => {
        const part = [...lvm.volumes.keys()].find((name) => name.startsWith('croft-part-'));
        if (program === 'lvrename' && part !== undefined && args.includes(part)) lvm.volumes.delete(part);
        return await lvm.exec(program, args, options);
      };
      const storage = chained();
      const { name } = await storage.createDisk(context, image);
      await storage.snapshot(context, name, 'one');
      const before = lvm.names();
      const plugin = createLvmPlugin({
        ...{ exec: robbed, run: fakeRun(() => lvm), deviceFolder: lvm.deviceFolder },
      });
      const other = plugin.open('san', { vgname: 'vg0', 'snapshot-as-volume-chain': true });
      expect(await refused(other[call](context, name, call === 'snapshot' ? 'two' : 'one'))).toBe(
        'not-found',
      );
      expect(lvm.names()).toEqual(before);
      expect(await storage.attach(context, name)).toMatchObject({ backing: [{ format: 'qcow2' }] });
    },
  );

  describe('one in the making that its process left behind', () => {
    /** As a swap leaves it that was killed. */
    const leave = (next: string) =>
      world.lvm.add(unfinishedName('other', 'part'), { tags: ['pve-vm-100', `croft-next=${next}`] }).name;

    test('does not come back under the name of a disk that was removed', async () => {
      const storage = chained();
      const { name } = await storage.createDisk(context, image);
      leave(name);
      await storage.remove(context, name);
      expect(await refused(storage.info(context, name))).toBe('not-found');
      expect(world.lvm.names()).toEqual([]);
    });

    test('keeps the name of the disk that it is to be, and gets it once', async () => {
      const storage = chained();
      leave('vm-100-disk-0.qcow2');
      expect((await storage.createDisk(context, image)).name).toBe('vm-100-disk-1.qcow2');
      const wish = { ...raw, name: 'vm-100-disk-0' };
      expect(await refused(storage.createDisk(context, wish))).toBe('already-exists');
      await Promise.all([1, 2, 3].map(() => storage.info(context, 'vm-100-disk-0.qcow2')));
      expect(world.lvm.names()).toEqual(['vm-100-disk-0.qcow2', 'vm-100-disk-1.qcow2']);
    });

    test('and that a program still writes to keeps nobody from the others', async () => {
      const storage = chained();
      const { name } = await storage.createDisk(context, image);
      const left = leave(name);
      world.lvm.volumes.get(left)!.open = true;
      const rest = world.lvm.add(unfinishedName('other', 'part')).name;
      expect((await storage.info(context, name)).name).toBe(name);
      expect(await storage.sweep(context, [])).toEqual([rest]);
      world.lvm.volumes.get(left)!.open = false;
      expect(await storage.sweep(context, [])).toEqual([left]);
      expect(world.lvm.names()).toEqual([name]);
    });
  });

  test.each(['/etc/shadow', '/dev/vg0/root', 'vm-101-disk-0.qcow2', '../vg1/a'])(
    'that name %s below are refused',
    async (backing) => {
      const storage = chained();
      const { name } = await storage.createDisk(context, image);
      fakeQemuImg(['create', '-b', backing, world.lvm.volumes.get(name)!.store, '4096']);
      expect(await refused(storage.attach(context, name))).toBe('invalid-input');
    },
  );
});
