// Tests of the storage type `iscsi` on a made-up target: login, LUNs, CHAP, faults, logout.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asAppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { gptStart } from '../block-devices/devices-fixture.ts';
import type { Storage } from '../plugin.ts';
import { type FakeWorld, lunName, makeIscsiWorld, target } from './iscsi-world-fixture.ts';

const context = quietContext();
let world: FakeWorld;
beforeEach(async () => {
  world = await makeIscsiWorld();
});
afterEach(() => world.tree.cleanUp());

const open = (more: Record<string, unknown> = {}): Storage =>
  world.plugin().open('san', { portal: '10.0.0.1', target, content: 'none', ...more });
const failure = async (work: Promise<unknown>) => {
  const error = asAppError(
    await work.then(
      () => new Error('nothing was refused'),
      (thrown: unknown) => thrown,
    ),
  );
  return `${error.code}: ${error.message}`;
};

describe('logging in', () => {
  test('makes a session for the target and lists its LUNs; again changes nothing', async () => {
    const storage = open();
    await storage.activate(context);
    await storage.activate(context);
    expect(world.calls.filter((call) => call.includes('--login'))).toEqual([
      `iscsiadm -m node -T ${target} -p 10.0.0.1:3260,1 --login`,
    ]);
    expect(await storage.list(context, {})).toMatchObject([
      { name: lunName, content: 'images', format: 'raw', sizeBytes: 1024 ** 3, vmid: undefined },
    ]);
    expect(await storage.list(context, { vmid: 100 })).toEqual([]);
    expect(await storage.list(context, { contents: ['iso'] })).toEqual([]);
    expect(await storage.attach(context, lunName)).toEqual({
      kind: 'block',
      path: '/dev/disk/by-id/scsi-36001405aaaabbbbccccddddeeeeffff0',
    });
  });

  test('logging out removes sessions and records', async () => {
    const storage = open();
    await storage.activate(context);
    await storage.deactivate(context);
    await storage.deactivate(context);
    expect(await readdir(join(world.tree.root, 'sys/class/iscsi_session'))).toEqual([]);
    await expect(stat(join(world.tree.root, `var/lib/iscsi/nodes/${target}`))).rejects.toThrow();
    expect(await failure(storage.usage(context))).toContain('unavailable: this node is not logged in');
    await storage.activate(context);
  });

  test('several portals: one that is dead is a warning, none that answers an error', async () => {
    world.discovery = `10.0.0.1:3260,1 ${target}\n10.0.0.2:3260,1 ${target}\n10.0.0.1:3260,1 iqn.2026-01.org.example:other\n`;
    world.dead.add('10.0.0.2:3260');
    const storage = open();
    await storage.activate(context);
    expect(world.calls.filter((call) => call.includes('--login'))).toHaveLength(1);
    world.dead.add('10.0.0.1:3260');
    await storage.deactivate(context);
    expect(await failure(storage.activate(context))).toBe(
      'unavailable: the iSCSI portal 10.0.0.1:3260 does not answer',
    );
  });

  test('a portal that was dead gets its session with the next activation; one that dies takes nothing away', async () => {
    world.discovery = `10.0.0.1:3260,1 ${target}\n10.0.0.2:3260,1 ${target}\n`;
    world.dead.add('10.0.0.2:3260');
    const storage = open();
    await storage.activate(context);
    world.dead.clear();
    await storage.activate(context);
    await storage.activate(context);
    const logins = () => world.calls.filter((call) => call.includes('--login'));
    const login = (portal: string) => `iscsiadm -m node -T ${target} -p ${portal}:3260,1 --login`;
    expect(logins()).toEqual([login('10.0.0.1'), login('10.0.0.2')]);
    world.dead.add('10.0.0.1:3260');
    await world.setState(1, 'FAILED');
    await storage.activate(context);
    expect(await storage.list(context, {})).toHaveLength(1);
    world.dead.clear();
    world.discovery = '';
    await storage.activate(context);
    expect([logins().length, world.calls.some((call) => call.includes('-o delete'))]).toEqual([2, false]);
  });

  test('two paths are one LUN; a lost one is told', async () => {
    world.discovery = `10.0.0.1:3260,1 ${target}\n10.0.0.2:3260,1 ${target}\n`;
    const storage = open();
    await storage.activate(context);
    expect(await storage.list(context, {})).toHaveLength(1);
    await world.setState(2, 'FAILED');
    expect((await storage.usage(context)).warnings).toEqual([
      'the portal 10.0.0.2:3260 of the target does not answer',
    ]);
    await world.setState(1, 'FAILED');
    expect(await failure(storage.usage(context))).toContain('does not answer any more');
    await world.setState(1, 'LOGGED_IN');
    await storage.activate(context);
    expect(await storage.list(context, {})).toHaveLength(1);
  });

  test('a target that the portal does not have: its names are told', async () => {
    world.discovery = '10.0.0.1:3260,1 iqn.2026-01.org.example:other\n';
    expect(await failure(open().activate(context))).toBe(
      `unavailable: the iSCSI portal 10.0.0.1:3260 has no target ${target}; it tells of iqn.2026-01.org.example:other`,
    );
    world.discovery = '';
    expect(await failure(open().activate(context))).toContain('it tells of none for this node');
  });

  test('iscsid that does not start, a node without a name', async () => {
    await world.tree.write('proc/net/unix', '');
    expect(await failure(open().activate(context))).toContain(
      'unavailable: iscsid is not running and does not start',
    );
    await world.tree.remove('etc/iscsi/initiatorname.iscsi');
    expect(await failure(open().activate(context))).toContain('unavailable: this node has no iSCSI name');
  });
});

describe('CHAP', () => {
  const chap = { username: 'croft', password: 'hunter2hunter2' };

  test('is in the record, which only root reads, and in no argument', async () => {
    world.secret = chap.password;
    const storage = open(chap);
    await storage.activate(context);
    expect(await world.readRecord('10.0.0.1:3260,1')).toContain(
      'node.session.auth.authmethod = CHAP\nnode.session.auth.username = croft\nnode.session.auth.password = hunter2hunter2\n# END RECORD\n',
    );
    const file = join(world.tree.root, `var/lib/iscsi/nodes/${target}/10.0.0.1,3260,1/default`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(world.calls.join('\n')).not.toContain(chap.password);
    expect(await readdir(join(world.tree.root, 'var/lib/iscsi'))).toEqual(['nodes']);
  });

  test('a wrong one: told in words without it, and no record stays', async () => {
    world.secret = 'another one';
    const told = await failure(open(chap).activate(context));
    expect(told).toContain('unavailable: log in to the iSCSI target at 10.0.0.1:3260');
    expect(told).toContain('check the CHAP user name and password');
    expect(told).not.toContain(chap.password);
    await expect(stat(join(world.tree.root, `var/lib/iscsi/nodes/${target}`))).rejects.toThrow();
  });

  test.each([
    [{ username: 'croft' }, 'password'],
    [{ password: 'x' }, 'username'],
    [{ username: 'a b', password: 'x' }, 'username'],
    [{ username: 'croft', password: 'x\nnode.startup = automatic' }, 'password'],
    [{ username: 'croft', password: '=x' }, 'password'],
    [{ username: 'croft', password: 'x'.repeat(256) }, 'password'],
    [{ username: 'croft', password: '' }, 'password'],
  ])('%j is refused about %s', (given, field) => {
    let refused: unknown;
    try {
      open(given);
    } catch (error) {
      refused = error;
    }
    expect(Object.keys(asAppError(refused).fields ?? {})).toEqual([field]);
  });
});

describe('LUNs', () => {
  test('one that grew or is new is found by a new look', async () => {
    const storage = open();
    await storage.activate(context);
    world.addLun({ id: 'scsi-36001405aaaabbbbccccddddeeeeffff1', number: 10, sizeBytes: 2 * 1024 ** 3 });
    await storage.activate(context);
    expect((await storage.list(context, {})).map(({ name }) => name)).toEqual([
      lunName,
      '0.0.10.scsi-36001405aaaabbbbccccddddeeeeffff1',
    ]);
  });

  test('one that is gone, and another disk at its place, are not found', async () => {
    const storage = open();
    await storage.activate(context);
    const other = '0.0.1.scsi-36001405ffffffffffffffffffffffff9';
    expect(await failure(storage.attach(context, other))).toBe(
      `not-found: the iSCSI target shows no LUN '${other}', or no longer`,
    );
  });

  test('one that shrank is refused, with the sizes', async () => {
    world.addLun({ id: 'scsi-3600a', number: 2, sizeBytes: 1024 ** 2, start: gptStart(4095) });
    const storage = open();
    await storage.activate(context);
    expect(await failure(storage.attach(context, '0.0.2.scsi-3600a'))).toBe(
      "wrong-state: LUN '0.0.2.scsi-3600a' shrank: its partition table needs 2097152 bytes, it has 1048576",
    );
  });

  test('one with a volume group in use is refused as a disk, and the target stays logged in', async () => {
    const storage = open();
    await storage.activate(context);
    await world.tree.write('sys/class/block/sdi/holders/dm-0/x', '');
    await world.tree.write('sys/class/block/dm-0/dm/uuid', 'LVM-x\n');
    await world.tree.write('sys/class/block/dm-0/dm/name', 'san-vm--100--disk--0\n');
    expect(await failure(storage.attach(context, lunName))).toBe(
      `busy: LUN '${lunName}' is in use on this node by the logical volume san/vm-100-disk-0`,
    );
    expect(await failure(storage.deactivate(context))).toContain('busy: ');
    expect(world.calls.some((call) => call.includes('--logout'))).toBe(false);
  });

  test('one without an id, and a path of its own of one with it, keep the target logged in, too', async () => {
    world.discovery = `10.0.0.1:3260,1 ${target}\n10.0.0.2:3260,1 ${target}\n`;
    const storage = open();
    await storage.activate(context);
    await world.tree.write('proc/self/mountinfo', '36 30 8:128 / /mnt/x rw - ext4 /dev/sdi rw\n');
    const busy = 'LUN 0.0.1 is in use by the file system mounted at /mnt/x: the target stays logged in';
    expect(await failure(storage.deactivate(context))).toBe(`busy: ${busy}`);
    await world.tree.remove('dev/disk/by-id/scsi-36001405aaaabbbbccccddddeeeeffff0');
    expect(await failure(storage.deactivate(context))).toBe(`busy: ${busy}`);
    expect(world.calls.some((call) => call.includes('--logout'))).toBe(false);
  });

  test('a multipath device that nobody uses is no use of its paths', async () => {
    const storage = open();
    await storage.activate(context);
    await world.tree.write('sys/class/block/sdi/holders/dm-7/x', '');
    await world.tree.write('sys/class/block/dm-7/dm/uuid', 'mpath-36001405a\n');
    await world.tree.write('sys/class/block/dm-7/holders/dm-8/x', '');
    await world.tree.write('sys/class/block/dm-8/dm/uuid', 'LVM-x\n');
    await world.tree.write('sys/class/block/dm-8/dm/name', 'san-root\n');
    expect(await failure(storage.deactivate(context))).toContain('the logical volume san/root');
    await world.tree.remove('sys/class/block/dm-7/holders/dm-8');
    await storage.deactivate(context);
    expect(world.calls.filter((call) => call.includes('--logout'))).toHaveLength(1);
  });

  test('all who ask at the same time have one look for new ones', async () => {
    await open().activate(context);
    world.calls.length = 0;
    const storage = open();
    await Promise.all([1, 2, 3].map(() => storage.list(context, {})));
    expect(world.calls).toEqual(['iscsiadm -m session -r 1 --rescan', 'udevadm settle --timeout=2']);
  });

  test('one whose path is down is refused', async () => {
    const storage = open();
    await storage.activate(context);
    await world.tree.write(
      'sys/class/iscsi_session/session1/device/target1:0:0/1:0:0:1/state',
      'transport-offline\n',
    );
    expect(await failure(storage.attach(context, lunName))).toContain('transport-offline');
  });

  test('the multipath device stands for its paths', async () => {
    world.discovery = `10.0.0.1:3260,1 ${target}\n10.0.0.2:3260,1 ${target}\n`;
    const storage = open();
    await storage.activate(context);
    for (const name of ['sdi', 'sdq']) await world.tree.write(`sys/class/block/${name}/holders/dm-7/x`, '');
    await world.tree.device('dm-7', {
      number: '253:7',
      sizeBytes: 1024 ** 3,
      links: ['scsi-36001405aaaabbbbccccddddeeeeffff0', 'dm-uuid-mpath-36001405aaaabbbbccccddddeeeeffff0'],
    });
    expect(await storage.list(context, {})).toHaveLength(1);
    expect(await storage.attach(context, lunName)).toEqual({
      kind: 'block',
      path: '/dev/disk/by-id/dm-uuid-mpath-36001405aaaabbbbccccddddeeeeffff0',
    });
  });

  test('one without an id is told of', async () => {
    const storage = open();
    await storage.activate(context);
    await world.tree.remove('dev/disk/by-id/scsi-36001405aaaabbbbccccddddeeeeffff0');
    expect((await storage.usage(context)).warnings).toEqual([
      'the LUNs 0.0.1 tell no id of their own and cannot be used',
    ]);
  });

  test('nothing of them is changed here', async () => {
    const storage = open();
    await storage.activate(context);
    expect(await failure(storage.remove(context, lunName))).toContain('unsupported');
    await storage.remove(context, '0.0.9.scsi-3600');
    expect(await failure(storage.snapshot(context, lunName, 'before'))).toContain('unsupported');
    expect(
      await failure(storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 512 })),
    ).toContain('unsupported');
    await storage.resize(context, lunName, 1024 ** 3);
    expect(await failure(storage.resize(context, lunName, 2 * 1024 ** 3))).toContain('unsupported');
    expect(await failure(storage.resize(context, lunName, -1))).toContain('invalid-input');
  });

  test.each([
    '../../etc/shadow',
    '0.0.1',
    '0.0.1.sda',
    '0.0.1.scsi-../x',
    '0.0.1.scsi-a b',
    '',
    '0.0.1.scsi-a,b',
  ])('the name %j is refused', async (name) => {
    const storage = open();
    await storage.activate(context);
    expect(await failure(storage.attach(context, name))).toContain('invalid-input');
    expect(await failure(storage.remove(context, name))).toContain('invalid-input');
  });
});

test('what a crash left of a record is swept once it is old', async () => {
  const file = 'var/lib/iscsi/.croft-0123456789abcdef.part';
  await world.tree.write(file, 'node.session.auth.password = x\n');
  expect(await open().sweep(context, [])).toEqual([]);
  const { utimes } = await import('node:fs/promises');
  await utimes(join(world.tree.root, file), 0, 0);
  expect(await open().sweep(context, [])).toEqual(['.croft-0123456789abcdef.part']);
  await expect(readFile(join(world.tree.root, file))).rejects.toThrow();
});

describeStoragePlugin(
  'iscsi on a made-up target',
  async () => {
    const made = await makeIscsiWorld();
    return {
      plugin: made.plugin(),
      options: { portal: '10.0.0.1', target, content: 'none' },
      cleanUp: () => made.tree.cleanUp(),
      leftovers: async () => [],
      tooManyBytes: 2 ** 52,
    };
  },
  { qcow2: false, fullCopies: false },
);
