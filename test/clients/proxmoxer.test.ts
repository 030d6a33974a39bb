// Debian's unchanged proxmoxer against the real daemon: by password, and by token.
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { randomName } from '../../server/core/ids.ts';
import { TestDaemon } from '../host/daemon.ts';
import { buildDebianImage } from '../host/debian-guest/build-image.ts';

const script = join(import.meta.dirname, 'proxmoxer_lifecycle.py');
const daemon = new TestDaemon();
const password = randomName();
let image = '';

beforeAll(async () => {
  await daemon.start();
  image = join(daemon.folder, 'debian.qcow2');
  await copyFile((await buildDebianImage()).path, image);
  await daemon.ok('POST', '/access/users', { userid: 'client@pve', password });
  await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: 'client@pve' });
}, 900_000);
afterAll(() => daemon.dispose());

async function drive(
  login: Record<string, string>,
): Promise<{ version: string; status: string; refusal: string; gone: string }> {
  // Debian's own: only that one has Debian's packages.
  const { stdout } = await exec('/usr/bin/python3', [script], {
    timeoutMs: 230_000,
    intention: 'drive the daemon with proxmoxer',
    env: {
      CROFT_TEST_PORT: String(daemon.port),
      CROFT_TEST_USER: 'client@pve',
      CROFT_TEST_IMAGE: image,
      CROFT_TEST_BRIDGE: '',
      ...login,
    },
  });
  return JSON.parse(stdout);
}

describe('proxmoxer', () => {
  it.each([
    ['a password', async () => ({ CROFT_TEST_PASSWORD: password })],
    [
      'a token',
      async () => {
        const token = await daemon.ok<{ value: string }>('POST', '/access/users/client@pve/token/proxmoxer', {
          privsep: 0,
        });
        return { CROFT_TEST_TOKEN_NAME: 'proxmoxer', CROFT_TEST_TOKEN_VALUE: token.value };
      },
    ],
  ])('creates, configures, starts, stops and deletes a machine with %s', async (_, login) => {
    const seen = await drive(await login());
    expect(seen.version).toMatch(/^9\.\d/);
    expect(seen.status).toBe('running');
    expect(seen.refusal).toContain('running');
    expect(seen.gone).toContain('does not exist');
    expect(await daemon.domains()).toEqual([]);
  });
});
