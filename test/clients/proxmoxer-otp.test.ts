// Debian's unchanged proxmoxer logs in to the real daemon with a second factor, through its parameter `otp`.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTotpUri, type TotpKey, totpCode } from '../../server/access/two-factor/totp.ts';
import { exec } from '../../server/core/exec.ts';
import { randomName } from '../../server/core/ids.ts';
import { callTls } from '../host/api.ts';
import { TestDaemon } from '../host/daemon.ts';

const script = join(import.meta.dirname, 'proxmoxer_otp.py');
const daemon = new TestDaemon();
const user = 'client@pve';
const password = randomName();
const totp = 'otpauth://totp/Croft:client?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const key = readTotpUri(totp) as TotpKey;
const step = () => Math.floor(Date.now() / 30_000);
let recovery: string[] = [];

beforeAll(async () => {
  await daemon.start();
  await daemon.ok('POST', '/access/users', { userid: user, password });
  await daemon.ok('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: user });
  // With the code before the present one, which is good for a moment yet: the present and the next are left for logging in.
  const left = 30_000 - (Date.now() % 30_000);
  if (left < 5_000) await new Promise((resolve) => setTimeout(resolve, left));
  const value = totpCode(key, step() - 1);
  await daemon.ok('POST', `/access/tfa/${user}`, { type: 'totp', description: 'phone', totp, value });
  const made = await daemon.ok<{ recovery: string[] }>('POST', `/access/tfa/${user}`, { type: 'recovery' });
  recovery = made.recovery;
});
afterAll(() => daemon.dispose());

/** What the script saw: the version, or how the login was refused. */
async function drive(otp: string): Promise<Record<string, string>> {
  const { stdout } = await exec('/usr/bin/python3', [script], {
    timeoutMs: 60_000,
    intention: 'log in with proxmoxer',
    env: {
      CROFT_TEST_PORT: String(daemon.port),
      CROFT_TEST_USER: user,
      CROFT_TEST_PASSWORD: password,
      CROFT_TEST_OTP: otp,
    },
  });
  return JSON.parse(stdout);
}

it('lets proxmoxer in with a code or a recovery key, each once, and not without', async () => {
  const code = totpCode(key, step());
  const inside = { version: expect.stringMatching(/^9\.\d/), user, renewed: true };
  expect(await drive(code)).toEqual(inside);
  expect(await drive(code)).toEqual({ refused: expect.stringContaining("Couldn't authenticate user") });
  expect(await drive(`totp:${totpCode(key, step() + 1)}`)).toEqual(inside);
  expect(await drive(`recovery:${recovery[0]}`)).toEqual(inside);
  expect(await drive(`recovery:${recovery[0]}`)).toHaveProperty('refused');
  // It takes the challenge for a ticket, which opens nothing.
  expect(await drive('')).toEqual({ refused: expect.stringContaining('401') });
});

it('answers those who know the two steps, over TLS, and root on the machine can take the factors away', async () => {
  const log = (params: Record<string, string>) =>
    callTls(daemon.port, 'POST', '/access/ticket', { username: user, ...params });
  const first = await log({ password });
  expect(first.body.data).toMatchObject({
    username: user,
    NeedTFA: 1,
    ticket: expect.stringMatching(/^PVE:!tfa!/),
  });
  const challenge = (first.body.data as { ticket: string }).ticket;
  const second = await log({ password: `recovery:${recovery[1]}`, 'tfa-challenge': challenge });
  expect(second.body.data).toMatchObject({
    username: user,
    ticket: expect.stringMatching(/^PVE:client@pve:/),
  });
  const factors = await daemon.ok<{ id: string }[]>('GET', `/access/tfa/${user}`);
  for (const { id } of factors) await daemon.ok('DELETE', `/access/tfa/${user}/${id}`);
  expect((await log({ password })).body.data).not.toHaveProperty('NeedTFA');
  for (const secret of [...recovery, password, 'GEZDGNBVGY3TQOJQ'])
    expect(daemon.output).not.toContain(secret);
});
