// The Gluster storage against the contract, and the call of its client with and without systemd.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { fakeNode, removeFakeNode } from '../mounts/fake-mounts-fixture.ts';
import { mountedUnderTest } from '../mounts/mounted-storage-fixture.ts';
import { createGlusterfsPlugin, mountCommand } from './glusterfs-plugin.ts';

const usual = { server: 'gluster1', server2: 'gluster2', volume: 'gv0' };
describeStoragePlugin('glusterfs', () => mountedUnderTest(createGlusterfsPlugin, usual), {
  ...{ qcow2: false, fullCopies: false },
});

test('the client gets both servers, and its mount is made harmless', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'croft-gluster-'));
  const node = fakeNode(folder);
  const place = path.join(folder, 'mounts/gv');
  const storage = createGlusterfsPlugin(node.exec, undefined, node.world).open('gv', usual);
  await storage.activate(quietContext());
  expect(node.ran).toEqual([
    'setsid --wait glusterfs --volfile-server=gluster1 --volfile-server=gluster2 --volfile-id=gv0 ' +
      `--process-name=fuse ${place}`,
    `mount --options remount,bind,nosuid,nodev -- ${place}`,
  ]);
  expect(node.asked).toEqual(['gluster1:24007', 'gluster2:24007']);
  await storage.activate(quietContext());
  await storage.deactivate(quietContext());
  expect(node.mounts).toEqual([]);
  await removeFakeNode(folder);
});

test('a client that gives up, at once or after it had ended well, is told of as that', async () => {
  for (const exitCode of [12, 0]) {
    const folder = await mkdtemp(path.join(tmpdir(), 'croft-gluster-'));
    const node = fakeNode(folder);
    const exec: Exec = async () => ({ exitCode, stdout: '', stderr: '' });
    const storage = createGlusterfsPlugin(exec, undefined, node.world).open('gv', usual);
    await expect(storage.activate(quietContext())).rejects.toMatchObject({
      code: 'unavailable',
      message: "mount the Gluster volume 'gv0' of 'gluster1': its client gave up: is it there, and started?",
    });
    await removeFakeNode(folder);
  }
});

test('under systemd the client runs in a scope, which outlives the daemon and ends after it', () => {
  const [program, args] = mountCommand({ servers: ['gluster1'], volume: 'gv0' }, 'gv', '/mnt/croft/gv', true);
  expect([program, ...args].join(' ')).toBe(
    'systemd-run --scope --quiet --collect --description=Gluster volume of storage gv --property=Before=croft.service -- ' +
      'glusterfs --volfile-server=gluster1 --volfile-id=gv0 --process-name=fuse /mnt/croft/gv',
  );
});

test.each([
  ['server', { server: '2001:db8::1' }],
  ['server', { server: '--volfile=/etc/x' }],
  ['server2', { server2: 'a b' }],
  ['volume', { volume: '/gv0' }],
  ['volume', { volume: '-gv0' }],
  ['volume', { volume: 'gv0/../x' }],
  ['volume', { volume: '' }],
  ['volume', { volume: 'a'.repeat(256) }],
  ['transport', { transport: 'rdma' }],
])('refuses a bad %s: %j', (field, options) => {
  try {
    createGlusterfsPlugin(async () => ({ exitCode: 0, stdout: '', stderr: '' })).open('gv', {
      ...usual,
      ...options,
    });
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(Object.keys((error as AppError).fields ?? {})).toEqual([field]);
    return;
  }
  throw new Error('was taken');
});
