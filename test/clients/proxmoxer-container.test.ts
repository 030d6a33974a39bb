// Debian's unchanged proxmoxer drives a container of the real daemon, from the upload of its template to deletion.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { busyboxTemplate } from '../host/ct-templates.ts';
import { CtWorld, whyNoContainers } from '../host/ct-world.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`proxmoxer drives no container: ${why}\n`);

const script = join(import.meta.dirname, 'proxmoxer_container.py');
// Numbers of its own: the host's side of a card is called after them.
const [vmid, copy] = [6301, 6302];
const world = new CtWorld();
const { daemon } = world;
const env: Record<string, string> = {};

beforeAll(async () => {
  await daemon.start();
  const template = join(daemon.folder, 'busybox_1.0-1_amd64.tar.gz');
  copyFileSync(busyboxTemplate(), template);
  await daemon.ok('POST', '/access/users', { userid: 'client@pve' });
  await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: 'client@pve' });
  const { value } = await daemon.ok<{ value: string }>('POST', '/access/users/client@pve/token/proxmoxer', {
    privsep: 0,
  });
  Object.assign(env, {
    CROFT_TEST_PORT: String(daemon.port),
    CROFT_TEST_USER: 'client@pve',
    CROFT_TEST_TOKEN_NAME: 'proxmoxer',
    CROFT_TEST_TOKEN_VALUE: value,
    CROFT_TEST_TEMPLATE: template,
    CROFT_TEST_VMID: String(vmid),
  });
});
afterAll(() => world.dispose());

describe.skipIf(why !== undefined)('proxmoxer', () => {
  it('creates, configures, starts, snapshots, clones, stops and deletes a container', async () => {
    // Debian's own: only that one has Debian's packages.
    const { stdout } = await exec('/usr/bin/python3', [script], {
      timeoutMs: 230_000,
      intention: 'drive the daemon with proxmoxer',
      env,
    });
    expect(JSON.parse(stdout)).toEqual({
      'no such template': expect.stringMatching(/^400 .*Parameter verification failed/),
      status: 'running',
      address: '192.0.2.77/32',
      'delete while it runs': expect.stringContaining('running'),
      gone: expect.stringContaining('does not exist'),
    });
    expect([vmid, copy].flatMap((id) => world.leftovers(id))).toEqual([]);
  });
});
