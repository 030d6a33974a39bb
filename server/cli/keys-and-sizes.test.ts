// `croft user keys` and `croft size`: what they ask the daemon for, and how they show it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
});
afterEach(() => daemon.stop());

const keys = '/access/users/ann%40pve/ssh-keys';
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann@desk';
const body = () => JSON.parse(daemon.asked.at(-1)?.body ?? '') as unknown;

test('keys are listed, added from a file or as they are, and deleted', async () => {
  daemon.on(`GET ${keys}`, () => [
    { name: 'desk', type: 'ssh-ed25519', comment: 'ann\u001b[31m', fingerprint: 'SHA256:abc', key },
  ]);
  const { out } = await daemon.run(['user', 'keys', 'list', 'ann@pve']);
  expect(out).toMatch(/desk +ssh-ed25519 +SHA256:abc +ann/);
  expect(out).not.toContain('\u001b');
  daemon.on(`POST ${keys}`, () => ({ added: ['desk'], known: ['old'] }));
  const added = await daemon.run(['user', 'keys', 'add', 'ann@pve', key, '--name', 'desk']);
  expect(added.out).toBe('added desk\nalready there as old\n');
  expect(body()).toEqual({ key, name: 'desk' });
  const file = join(daemon.folder, 'keys.pub');
  await writeFile(file, `${key}\n`);
  expect((await daemon.run(['user', 'keys', 'add', 'ann@pve', file])).code).toBe(0);
  expect(body()).toEqual({ key: `${key}\n` });
  const missing = await daemon.run(['user', 'keys', 'add', 'ann@pve', '/none/such']);
  expect(missing.code).toBe(1);
  expect(missing.err).toContain('neither a public key nor a file');
  daemon.on(`DELETE ${keys}/desk`, () => null);
  expect((await daemon.run(['user', 'keys', 'delete', 'ann@pve', 'desk'])).code).toBe(0);
});

test('sizes are listed, added, changed, removed, and made what they were', async () => {
  const path = '/cluster/guest-sizes';
  daemon.on(`GET ${path}`, () => [
    { id: 'ct-tiny', kind: 'lxc', cores: 1, memory: 256, disk: 4 },
    { id: 'web', kind: 'qemu', name: 'Web', cores: 2, memory: 4096, disk: 20, description: 'for sites' },
  ]);
  const { out } = await daemon.run(['size', 'list']);
  expect(out).toMatch(/ct-tiny +ct +1 +256 MiB +4\.?0? GiB/);
  expect(out).toMatch(/web +vm +Web +2 +4\.?0? GiB +20\.?0? GiB +for sites/);
  daemon.on(`POST ${path}`, () => 'vm-1');
  const add = ['size', 'add', 'vm', 'Web', '--cores', '2', '--memory', '4096', '--disk', '20'];
  expect((await daemon.run(add)).out).toBe('vm-1\n');
  expect(body()).toEqual({ kind: 'qemu', name: 'Web', cores: '2', memory: '4096', disk: '20' });
  daemon.on(`PUT ${path}/vm-1`, () => null);
  expect((await daemon.run(['size', 'set', 'vm-1', '--position', '0'])).code).toBe(0);
  expect(body()).toEqual({ position: '0' });
  daemon.on(`DELETE ${path}/vm-1`, () => null);
  daemon.on(`DELETE ${path}`, () => null);
  expect((await daemon.run(['size', 'rm', 'vm-1'])).code).toBe(0);
  expect((await daemon.run(['--yes', 'size', 'reset'])).code).toBe(0);
  expect(daemon.asked.at(-1)).toMatchObject({ verb: 'DELETE', path });
});
