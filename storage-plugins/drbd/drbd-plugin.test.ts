// Tests of the storage type `drbd` on two made-up nodes: on both or on none, faults at every step, roles, warnings.
import { describe, expect, test } from 'vitest';
import { asAppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { drbdOptions, makeDrbdWorld } from './drbd-world-fixture.ts';

const context = quietContext();
const gibibyte = 1024 ** 3;
const disk = { vmid: 100, format: 'raw', sizeBytes: gibibyte } as const;
const name = 'vm-100-disk-0';
const resource = `croft-mirror-${name}`;
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was refused',
    (error: unknown) => asAppError(error).code,
  );

describe('a new volume', () => {
  test('is on both nodes, of the size that was asked for, up to date, and listed', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    const made = await storage.createDisk(context, disk);
    expect(made).toMatchObject({ name, format: 'raw', sizeBytes: gibibyte, vmid: 100 });
    for (const node of [world.pve1, world.pve2]) {
      expect(node.volumes.get(name)?.sizeBytes).toBeGreaterThan(gibibyte);
      expect([...node.volumes.get(name)!.tags].sort()).toEqual([
        'croft-drbd=7000',
        `croft-size=${gibibyte}`,
        'pve-vm-100',
      ]);
      expect(node.mirrors.get(resource)).toMatchObject({ role: 'Secondary', disk: 'UpToDate' });
    }
    expect(world.pve1.files.get(`/etc/drbd.d/${resource}.res`)).toBe(
      world.pve2.files.get(`/etc/drbd.d/${resource}.res`),
    );
    expect((await world.open('pve2').list(context, {})).map((each) => each.name)).toEqual([name]);
    expect((await storage.usage(context)).warnings).toBeUndefined();
  });

  test('gets a name and a port of its own', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    const made = await Promise.all([1, 2, 3].map(() => storage.createDisk(context, disk)));
    expect(new Set(made.map((each) => each.name)).size).toBe(3);
    const paths = await Promise.all(made.map((each) => storage.attach(context, each.name)));
    expect(paths).toContainEqual({ kind: 'block', path: '/dev/drbd7002' });
    expect(await code(storage.createDisk(context, { ...disk, name }))).toBe('already-exists');
    expect(await code(storage.createDisk(context, { ...disk, name: 'vm-101-disk-0' }))).toBe('invalid-input');
    expect(await code(storage.createDisk(context, { ...disk, sizeBytes: 512 }))).toBe('invalid-input');
  });

  test('no port free: nothing is made', async () => {
    const world = makeDrbdWorld({ ...drbdOptions, ports: '7000-7000' });
    const storage = world.open('pve1');
    await storage.createDisk(context, disk);
    expect(await code(storage.createDisk(context, disk))).toBe('no-capacity');
    expect(world.pve2.volumes.size).toBe(1);
  });

  test.each([
    ['pve1', 'lvcreate'],
    ['pve2', 'lvcreate'],
    ['pve1', 'create-md'],
    ['pve2', 'create-md'],
    ['pve1', 'adjust'],
    ['pve2', 'adjust'],
    ['pve1', 'cstate'],
    ['pve1', 'primary'],
    ['pve2', '--deltag'],
    ['pve1', '--deltag'],
  ] as const)('a fault on %s at %s leaves nothing on either node', async (node, call) => {
    const world = makeDrbdWorld();
    world[node].failing.add(call);
    expect(await code(world.open('pve1').createDisk(context, disk))).toBe('command-failed');
    for (const each of [world.pve1, world.pve2])
      expect([each.volumes.size, each.files.size, each.mirrors.size]).toEqual([0, 0, 0]);
  });

  test('a peer lost in the middle: nothing shows, and the sweep clears both once it is back', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    const { exec } = world.pve2;
    world.pve2.exec = async (file, args, options) => {
      if (args.includes('create-md')) world.pve2.reachable = false;
      return await exec(file, args, options);
    };
    // `unavailable` would close the storage to guests that this node's disks are enough for.
    expect(await code(storage.createDisk(context, disk))).toBe('wrong-state');
    expect(await storage.list(context, {})).toEqual([]);
    expect(world.pve1.volumes.size).toBe(1);
    world.pve2.exec = exec;
    world.pve2.reachable = true;
    expect(await storage.sweep(context, [])).toEqual([name]);
    for (const each of [world.pve1, world.pve2])
      expect([each.volumes.size, each.files.size, each.mirrors.size]).toEqual([0, 0, 0]);
  });

  test.each([
    ['is there already', []],
    ['is being made', ['croft-making=pve2']],
  ])('one of the peer’s that has the same name and number, and %s, stays', async (_state, more) => {
    const world = makeDrbdWorld();
    const { exec } = world.pve1;
    const theirs = { sizeBytes: gibibyte, metadata: true };
    world.pve1.exec = async (file, args, options) => {
      // After this node has looked what is taken.
      if (file === 'lvcreate')
        for (const node of more.length > 0 ? [world.pve2] : [world.pve1, world.pve2])
          node.volumes.set(name, {
            ...theirs,
            tags: new Set(['croft-drbd=7000', `croft-size=${gibibyte}`, ...more]),
          });
      return await exec(file, args, options);
    };
    expect(await code(world.open('pve1').createDisk(context, { ...disk, name }))).toBe('already-exists');
    expect([...world.pve2.volumes.keys()]).toEqual([name]);
    expect(world.pve1.volumes.size).toBe(more.length > 0 ? 0 : 1);
  });

  test('the secret is in no argument', async () => {
    const world = makeDrbdWorld();
    await world.open('pve1').createDisk(context, disk);
    expect([...world.pve1.calls, ...world.pve2.calls].join('\n')).not.toContain(drbdOptions.secret);
    expect(world.pve2.files.get(`/etc/drbd.d/${resource}.res`)).toContain(drbdOptions.secret);
  });
});

describe('a copy', () => {
  const source = { kind: 'file', path: '/x.raw', format: 'raw' } as const;

  test('that fails is seen by nobody at any time, and leaves nothing', async () => {
    const seen: unknown[] = [];
    const world = makeDrbdWorld(drbdOptions, async (program, args) => {
      seen.push(await world.open('pve1').list(context, {}), await world.open('pve2').list(context, {}));
      seen.push(world.pve1.mirrors.get(resource)?.role, program, args.slice(-1));
      throw new Error('a fault of the test');
    });
    const storage = world.open('pve1');
    expect(await code(storage.copyDisk(context, source, { vmid: 100, format: 'raw' }))).toBe('internal');
    expect(seen).toEqual([[], [], 'Primary', 'qemu-img', ['/dev/drbd7000']]);
    // Whole blocks.
    expect(world.pve2.calls.join('\n')).toContain(`croft-size=${8192}`);
    for (const each of [world.pve1, world.pve2])
      expect([each.volumes.size, each.files.size, each.mirrors.size]).toEqual([0, 0, 0]);
  });

  test('is raw', async () => {
    const copied = makeDrbdWorld().open('pve1').copyDisk(context, source, { vmid: 100, format: 'qcow2' });
    expect(await code(copied)).toBe('invalid-input');
  });
});

test('a mirror that udev looks at for a moment is closed all the same', async () => {
  const world = makeDrbdWorld();
  const { exec } = world.pve1;
  let looks = 2;
  world.pve1.exec = async (file, args, options) => {
    if (args[0] === 'secondary') {
      const mirror = world.pve1.mirrors.get(args[1]!)!;
      mirror.open = looks > 0;
      looks -= 1;
    }
    return await exec(file, args, options);
  };
  await world.open('pve1').createDisk(context, disk);
  expect(world.pve1.mirrors.get(resource)).toMatchObject({ role: 'Secondary', open: false });
});

describe('a volume in use', () => {
  test('is open on one node, on two for a migration only', async () => {
    const world = makeDrbdWorld();
    const [one, two] = [world.open('pve1'), world.open('pve2')];
    await one.createDisk(context, disk);
    await one.attach(context, name);
    expect(await one.attach(context, name)).toEqual({ kind: 'block', path: '/dev/drbd7000' });
    expect(await code(two.attach(context, name))).toBe('busy');
    await one.allowTwoPrimaries(context, name, true);
    await two.attach(context, name);
    await one.detach(context, name);
    await one.allowTwoPrimaries(context, name, false);
    expect(world.pve1.mirrors.get(resource)).toMatchObject({ role: 'Secondary', twoPrimaries: false });
  });

  test('is not removed; closed it goes from both nodes, again is no error', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    await storage.createDisk(context, disk);
    world.pve1.mirrors.get(resource)!.open = true;
    expect(await code(storage.remove(context, name))).toBe('busy');
    expect(await storage.list(context, {})).toHaveLength(1);
    // Never marked as one that the sweep takes away, not even for a moment.
    expect(world.pve1.calls.filter((call) => call.includes('--addtag croft-making=pve1'))).toHaveLength(1);
    world.pve1.mirrors.get(resource)!.open = false;
    world.pve2.mirrors.get(resource)!.open = true;
    expect(await code(storage.remove(context, name))).toBe('busy');
    expect(await storage.list(context, {})).toHaveLength(1);
    world.pve2.mirrors.get(resource)!.open = false;
    await storage.remove(context, name);
    await storage.remove(context, name);
    expect(world.pve2.volumes.size + world.pve1.volumes.size).toBe(0);
  });

  test('is not swept while it is being removed', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    await storage.createDisk(context, disk);
    const { exec } = world.pve2;
    let swept: readonly string[] | undefined;
    world.pve2.exec = async (file, args, options) => {
      if (file === 'lvremove') {
        world.pve2.exec = exec;
        swept = await storage.sweep(context, []);
      }
      return await exec(file, args, options);
    };
    await storage.remove(context, name);
    expect(swept).toEqual([]);
    expect(world.pve2.volumes.size + world.pve1.volumes.size).toBe(0);
  });

  test('is neither removed nor grown while the peer does not answer', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    await storage.createDisk(context, disk);
    world.pve2.reachable = false;
    const removed = storage.remove(context, name);
    await expect(removed).rejects.toThrow(/node pve2 does not answer/);
    expect(await code(removed)).toBe('wrong-state');
    const before = world.pve1.volumes.get(name)!.sizeBytes;
    expect(await code(storage.resize(context, name, 2 * gibibyte))).toBe('wrong-state');
    expect(world.pve1.volumes.get(name)!.sizeBytes).toBe(before);
    expect(await storage.list(context, {})).toHaveLength(1);
    expect((await storage.usage(context)).warnings).toEqual([
      `${name}: node pve2 does not answer: what is written is on one node only`,
    ]);
  });

  test('grows on both and never shrinks', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    await storage.createDisk(context, disk);
    await storage.resize(context, name, 2 * gibibyte);
    await storage.resize(context, name, 2 * gibibyte);
    expect((await storage.info(context, name)).sizeBytes).toBe(2 * gibibyte);
    expect(world.pve2.volumes.get(name)!.sizeBytes).toBeGreaterThan(2 * gibibyte);
    expect(world.pve2.files.get(`/etc/drbd.d/${resource}.res`)).toContain(`size ${(2 * gibibyte) / 512}s;`);
    expect(await code(storage.resize(context, name, gibibyte))).toBe('invalid-input');
    // It was opened for that, and nobody has it open now.
    expect([world.pve1.mirrors.get(resource)!.role, world.pve2.mirrors.get(resource)!.role]).toEqual([
      'Secondary',
      'Secondary',
    ]);
  });

  test('waits for a copy that ends soon; of another it tells how far it is, and changes nothing', async () => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    await storage.createDisk(context, disk);
    world.pve1.syncingLooks = 3;
    await storage.resize(context, name, 2 * gibibyte);
    const before = world.pve2.volumes.get(name)!.sizeBytes;
    world.pve1.syncingLooks = 1000;
    const refused = storage.resize(context, name, 3 * gibibyte);
    await expect(refused).rejects.toThrow(/being copied to the other node, 12.5 % done/);
    expect(await code(refused)).toBe('busy');
    expect(world.pve1.volumes.get(name)!.sizeBytes).toBe(before);
    expect(world.pve2.volumes.get(name)!.sizeBytes).toBe(before);
  });

  test.each(['pve1', 'pve2'] as const)('grows while %s has it open, and stays open there', async (holder) => {
    const world = makeDrbdWorld();
    const storage = world.open('pve1');
    await storage.createDisk(context, disk);
    await world.open(holder).attach(context, name);
    await storage.resize(context, name, 2 * gibibyte);
    expect((await storage.info(context, name)).sizeBytes).toBe(2 * gibibyte);
    for (const node of ['pve1', 'pve2'] as const)
      expect(world[node].mirrors.get(resource)!.role).toBe(node === holder ? 'Primary' : 'Secondary');
  });
});

test('a rename that was cut off between the nodes is done again', async () => {
  const world = makeDrbdWorld();
  const storage = world.open('pve1');
  await storage.createDisk(context, disk);
  world.pve1.failing.add('lvrename');
  expect(await code(storage.reassign(context, name, 101))).toBe('command-failed');
  expect([...world.pve1.volumes.keys(), ...world.pve2.volumes.keys()]).toEqual([name, 'vm-101-disk-0']);
  world.pve1.failing.clear();
  await storage.activate(context);
  expect((await storage.reassign(context, name, 101)).name).toBe('vm-101-disk-0');
  for (const node of [world.pve1, world.pve2]) {
    expect([...node.volumes.keys()]).toEqual(['vm-101-disk-0']);
    expect([...node.files.keys()]).toEqual(['/etc/drbd.d/croft-mirror-vm-101-disk-0.res']);
    expect([...node.volumes.get('vm-101-disk-0')!.tags]).toContain('pve-vm-101');
  }
});

test('after a restart the mirrors start from the tags alone', async () => {
  const world = makeDrbdWorld();
  const storage = world.open('pve1');
  await storage.createDisk(context, disk);
  await storage.deactivate(context);
  expect([world.pve1.files.size, world.pve1.mirrors.size]).toEqual([0, 0]);
  await storage.deactivate(context);
  await storage.activate(context);
  await storage.activate(context);
  expect((await storage.usage(context)).warnings).toBeUndefined();
  expect(await storage.attach(context, name)).toMatchObject({ path: '/dev/drbd7000' });
});

test.each(['../x', 'vm-100-disk-0.qcow2/..', 'root', 'vm-100-', '', 'a b'])(
  'the name %j is refused',
  async (bad) => {
    const storage = makeDrbdWorld().open('pve1');
    expect(['invalid-input', 'not-found']).toContain(await code(storage.attach(context, bad)));
    expect(['invalid-input', 'nothing was refused']).toContain(await code(storage.remove(context, bad)));
  },
);

test.each([
  [{ peers: 'pve1=10.0.0.1' }, 'peers'],
  [{ peers: 'pve1=10.0.0.1,pve2=host' }, 'peers'],
  [{ peers: 'pve1=10.0.0.1,pve1=10.0.0.2' }, 'peers'],
  [{ peers: 'pve1=10.0.0.1,pve2=fd00::2' }, 'peers'],
  [{ peers: 'pve3=10.0.0.1,pve2=10.0.0.2' }, 'peers'],
  [{ secret: 'short' }, 'secret'],
  [{ secret: 'a secret "with quotes' }, 'secret'],
  [{ secret: 'x'.repeat(65) }, 'secret'],
  [{ vgname: '-vg' }, 'vgname'],
  [{ ports: '80-90' }, 'ports'],
  [{ ports: '7000' }, 'ports'],
])('%j is refused about %s', (change, field) => {
  let refused: unknown;
  try {
    makeDrbdWorld({ ...drbdOptions, ...change }).open('pve1');
  } catch (error) {
    refused = error;
  }
  expect(Object.keys(asAppError(refused).fields ?? {})).toEqual([field]);
});

describeStoragePlugin(
  'drbd on two made-up nodes',
  async () => {
    const { pve1, pve2, plugin } = makeDrbdWorld();
    return {
      plugin: plugin('pve1'),
      options: drbdOptions,
      cleanUp: async () => {},
      leftovers: async () =>
        [pve1, pve2].flatMap((node) => [...node.volumes.keys()].filter((each) => !/^vm-/.test(each))),
      tooManyBytes: 2 ** 52,
      contents: 'none',
    };
  },
  { qcow2: false, fullCopies: false },
);
