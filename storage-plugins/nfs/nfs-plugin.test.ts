// The NFS storage against the contract, and the call of mount(8) for what its options say.
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { type FakeNode, fakeNode, removeFakeNode } from '../mounts/fake-mounts-fixture.ts';
import { mountedUnderTest } from '../mounts/mounted-storage-fixture.ts';
import { createNfsPlugin } from './nfs-plugin.ts';

const usual = { server: 'nas', export: '/srv/images' };
describeStoragePlugin('nfs', () => mountedUnderTest(createNfsPlugin, usual), {
  qcow2: false,
  fullCopies: false,
});

const context = quietContext();
let folder: string;
let node: FakeNode;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-nfs-'));
  node = fakeNode(folder);
});
afterEach(async () => await removeFakeNode(folder));
const open = (options: Record<string, unknown>) =>
  createNfsPlugin(node.exec, undefined, node.world).open('nas', { ...usual, ...options });

test('options reach mount(8) as one argument, the source as another, whatever they hold', async () => {
  const storage = open({
    ...{ server: '2001:db8::5', export: "/srv/my images; rm -rf '$HOME'" },
    options: 'vers=4.2,nconnect=4,port=2050',
  });
  await storage.activate(context);
  expect(node.ran[0]).toBe(
    'mount --types nfs --options vers=4.2,nconnect=4,port=2050,retry=0,nosuid,nodev -- ' +
      `[2001:db8::5]:/srv/my images; rm -rf '$HOME' ${folder}/mounts/nas`,
  );
  expect(node.asked).toEqual(['2001:db8::5:2050']);
});

test.each([
  ['server', { server: '-o' }],
  ['server', { server: undefined }],
  ['export', { export: '../srv' }],
  ['export', { export: undefined }],
  ['options', { options: 'bg' }],
  ['options', { options: 'vers=4,suid' }],
  ['path', { path: '/etc/nas' }],
])('refuses a bad %s: %j', (field, options) => {
  try {
    open(options);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(Object.keys((error as AppError).fields ?? {})).toEqual([field]);
    return;
  }
  throw new Error('was taken');
});

test('keeps no trees of containers: they are not listed, not made, not found', async () => {
  const storage = open({});
  await storage.activate(context);
  const tree = { vmid: 100, format: 'subvol', sizeBytes: 0 } as const;
  expect(await refused(storage.createDisk(context, tree))).toBe('unsupported');
  expect(await refused(storage.attach(context, '100/subvol-100-disk-0.subvol'))).toBe('not-found');
  await storage.remove(context, '100/subvol-100-disk-0.subvol');
  expect(await storage.limitsTrees(context)).toBe(false);
});

test('two nodes see the same volumes, and leave alone what the other works on', async () => {
  const storage = open({});
  await storage.activate(context);
  const images = path.join(folder, 'mounts/nas/images/100');
  await mkdir(images, { recursive: true });
  await writeFile(path.join(images, 'vm-100-disk-0.raw'), Buffer.alloc(512));
  const theirs = '.croft-anothernode-0123456789abcdef.part';
  await writeFile(path.join(images, theirs), 'in work there');
  expect((await storage.list(context, {})).map(({ name }) => name)).toEqual(['100/vm-100-disk-0.raw']);
  const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
  expect(id).toMatch(/\.croft-[A-Za-z0-9-]+-[0-9a-f]{16}\.part/);
  expect(await storage.sweep(context, [])).toEqual([]);
  expect((await readdir(images)).sort()).toEqual([theirs, 'vm-100-disk-0.raw']);
  await storage.discardImport(context, id);
});
