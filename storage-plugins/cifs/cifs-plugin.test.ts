// The SMB storage against the contract, its mount's call, and where the password is seen: in one file, never elsewhere.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { type FakeNode, fakeNode, removeFakeNode } from '../mounts/fake-mounts-fixture.ts';
import { mountedUnderTest } from '../mounts/mounted-storage-fixture.ts';
import type { Storage } from '../plugin.ts';
import { createCifsPlugin } from './cifs-plugin.ts';

const password = 'p,a"s$w o\\rd=ä';
const usual = { server: 'nas', share: 'images', username: 'croft', password, domain: 'OFFICE' };
describeStoragePlugin('cifs', () => mountedUnderTest(createCifsPlugin, usual), {
  qcow2: false,
  fullCopies: false,
});

const context = quietContext();
let folder: string;
let node: FakeNode;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'croft-cifs-'));
  node = fakeNode(folder);
});
afterEach(async () => await removeFakeNode(folder));
const open = (options: Record<string, unknown>) =>
  createCifsPlugin(node.exec, undefined, node.world).open('nas', options);

test('logs in with a file that is there only while mount(8) runs', async () => {
  await open({ ...usual, smbversion: '3.11', subdir: '/nodes/', options: 'seal,file_mode=0640' }).activate(
    context,
  );
  const mount = node.ran.find((line) => line.startsWith('mount '));
  expect(mount).toBe(
    `mount --types cifs --options credentials=${folder}/secrets/mount-nas,nobrl,uid=64055,gid=0,file_mode=0640,` +
      'dir_mode=0700,forceuid,forcegid,seal,vers=3.1.1,nosuid,nodev -- ' +
      `//nas/images/nodes ${folder}/mounts/nas`,
  );
  expect(node.secrets).toEqual([`username=croft\npassword=${password}\ndomain=OFFICE\n`]);
  expect(await readdir(path.join(folder, 'secrets'))).toEqual([]);
  expect(node.asked).toEqual(['nas:445']);
});

test.each([
  [undefined, 'file_mode=0666,dir_mode=0700'],
  ['dir_mode=0755', 'file_mode=0600,dir_mode=0755'],
])('files are open to all only below folders that are not: %s', async (options, modes) => {
  await open({ ...usual, ...(options === undefined ? {} : { options }) }).activate(context);
  expect(node.ran.find((line) => line.startsWith('mount '))).toContain(`,gid=0,${modes},forceuid`);
});

test('without a user it is a guest, and no file is written', async () => {
  await open({ server: 'nas', share: 'images' }).activate(context);
  expect(node.ran.find((line) => line.startsWith('mount '))).toContain('--options guest,nobrl,');
  expect([node.secrets, existsSync(path.join(folder, 'secrets'))]).toEqual([[], false]);
});

test.each([
  ['the next activation', (storage: Storage) => storage.activate(context)],
  ['the end of the storage', (storage: Storage) => storage.deactivate(context)],
  [
    'an activation that fails',
    async (storage: Storage) => {
      node.faults.server = 'gone';
      expect(await refused(storage.activate(context))).toBe('unavailable');
    },
  ],
])('what a killed process left of a password goes with %s', async (_when, call) => {
  const storage = open(usual);
  await mkdir(path.join(folder, 'secrets'), { recursive: true });
  await writeFile(path.join(folder, 'secrets/mount-nas'), password);
  await call(storage);
  expect(await readdir(path.join(folder, 'secrets'))).toEqual([]);
});

test('no error shows the password, and a failed mount leaves no file', async () => {
  node.faults.mount = {
    exitCode: 32,
    stderr:
      'mount error(13): Permission denied\nRefer to the mount.cifs(8) manual page (e.g. man mount.cifs) and kernel log messages (dmesg)\n',
  };
  const error = await open(usual)
    .activate(context)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    ...{ code: 'unavailable', message: "mount the SMB share '//nas/images': Permission denied" },
  });
  expect(inspect(error, { depth: 9 })).not.toContain(password);
  expect(node.ran.join('\n')).not.toContain(password);
  expect(await readdir(path.join(folder, 'secrets'))).toEqual([]);
});

test.each([
  ['server', { server: 'nas/x' }],
  ['share', { share: 'a/b' }],
  ['share', { share: 'a\\b' }],
  ['share', { share: 'images,uid=0' }],
  ['share', { share: '..' }],
  ['share', { share: '-o' }],
  ['share', { share: '' }],
  ['share', { share: 'a'.repeat(81) }],
  ['subdir', { subdir: '../x' }],
  ['subdir', { subdir: '/a/../b' }],
  ['subdir', { subdir: '/a,suid' }],
  ['username', { username: 'a,uid=0' }],
  ['username', { username: 'OFFICE\\croft' }],
  ['username', { username: 'croft%secret' }],
  ['username', { username: 'a\nb' }],
  ['username', { username: '' }],
  ['password', { password: 'two\nlines' }],
  ['password', { password: ' blank' }],
  ['password', { password: 'a'.repeat(257) }],
  ['domain', { domain: 'a\npassword=x' }],
  ['smbversion', { smbversion: '1.0' }],
  ['options', { options: 'credentials=/etc/shadow' }],
  ['options', { options: 'username=root' }],
  ['options', { options: 'ip=192.0.2.1' }],
])('refuses a bad %s: %j, without repeating a secret', (field, options) => {
  try {
    open({ ...usual, ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(Object.keys((error as AppError).fields ?? {})).toEqual([field]);
    expect(inspect(error)).not.toContain('two');
    return;
  }
  throw new Error('was taken');
});

test.each(['images', 'My Images', 'archive$', 'ünïcode', 'a.b-c_d'])('takes the share %s', (share) => {
  open({ ...usual, share });
});
