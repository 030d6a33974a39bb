import { expect, test } from 'vitest';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { AppError } from '../../core/errors.ts';
import type { Exec, ExecOptions } from '../../core/exec.ts';
import { dummyHash, hashPassword, verifyPassword } from '../password-hash.ts';
import { isLinuxUserName, pamRealm } from './pam.ts';
import { passwordRealm } from './password.ts';

function recording(exitCode: number) {
  const runs: { file: string; args: readonly string[]; options: ExecOptions | undefined }[] = [];
  const exec: Exec = async (file, args, options) => {
    runs.push({ file, args, options });
    return { exitCode, stdout: '', stderr: '' };
  };
  return { runs, exec };
}

const check = { name: 'joe', password: 'se cret"$', address: '10.0.0.1' };

test('PAM: the password goes through standard input only', async () => {
  const { runs, exec } = recording(0);
  expect(await pamRealm({ exec, service: 'croft' }).authenticate(check)).toBe(true);
  expect(runs[0]).toMatchObject({
    file: 'pamtester',
    args: ['-Irhost=10.0.0.1', 'croft', 'joe', 'authenticate', 'acct_mgmt'],
    options: { input: 'se cret"$\n' },
  });
  expect(JSON.stringify([runs[0]?.args, runs[0]?.options?.intention, runs[0]?.options?.env])).not.toContain(
    'cret',
  );
});

test('PAM: exit code 1 is a wrong password', async () => {
  const { exec } = recording(1);
  expect(await pamRealm({ exec }).authenticate(check)).toBe(false);
});

test('PAM: hostile names and passwords never reach a program', async () => {
  const { runs, exec } = recording(0);
  const realm = pamRealm({ exec });
  for (const name of ['-v', '', '../x', 'a b', 'a\n', 'a;b', '$(id)', '.x', 'x'.repeat(33), 'é'])
    expect(await realm.authenticate({ ...check, name })).toBe(false);
  for (const password of ['', 'a\nb', 'a\rb', 'a\0b', 'x'.repeat(512)])
    expect(await realm.authenticate({ ...check, password })).toBe(false);
  expect(runs).toEqual([]);
  expect(isLinuxUserName('joe.doe-1_x')).toBe(true);
});

test('PAM: an address that is none is not handed on', async () => {
  const { runs, exec } = recording(0);
  const realm = pamRealm({ exec, service: 'login' });
  await realm.authenticate({ ...check, address: 'x -E foo' });
  await realm.authenticate({ ...check, address: undefined });
  for (const run of runs) expect(run.args).toEqual(['login', 'joe', 'authenticate', 'acct_mgmt']);
});

test('PAM: a missing program or a time limit is told, not taken for a wrong password', async () => {
  const exec: Exec = async () => {
    throw new AppError('unavailable', 'check a password with PAM: pamtester is not installed');
  };
  await expect(pamRealm({ exec }).authenticate(check)).rejects.toMatchObject({ code: 'unavailable' });
});

test('PAM: only eight programs run at once', async () => {
  let running = 0;
  let most = 0;
  const exec: Exec = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  const realm = pamRealm({ exec });
  const all = await Promise.all(Array.from({ length: 40 }, () => realm.authenticate(check)));
  expect(all).toEqual(Array(40).fill(true));
  expect(most).toBe(8);
});

test('PAM: setting a password uses standard input, and its failure does not quote it', async () => {
  const { runs, exec } = recording(0);
  await pamRealm({ exec }).setPassword?.('joe', 'new-secret');
  expect(runs[0]).toMatchObject({ file: 'chpasswd', args: [], options: { input: 'joe:new-secret\n' } });
  const failing: Exec = async () => {
    throw new AppError('command-failed', 'line 1: joe:new-secret', { detail: 'joe:new-secret' });
  };
  const error: unknown = await pamRealm({ exec: failing })
    .setPassword?.('joe', 'new-secret')
    .catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'command-failed' });
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('new-secret');
  await expect(pamRealm({ exec }).setPassword?.('joe', 'a\nroot:x')).rejects.toMatchObject({
    code: 'invalid-input',
  });
});

test('pve: passwords are kept as salted hashes and checked', async () => {
  const store = createMemoryStore();
  const realm = passwordRealm(store);
  await realm.setPassword?.('joe', 'päss wörd');
  await realm.setPassword?.('max', 'päss wörd');
  const [joe, max] = store.list('passwords').map(({ value }) => JSON.stringify(value));
  expect(joe).toContain('scrypt:ln=14,r=8,p=5:');
  expect(joe).not.toBe(max);
  expect(await realm.authenticate({ ...check, password: 'päss wörd' })).toBe(true);
  // The same letters, composed otherwise: keyboards differ.
  expect(await realm.authenticate({ ...check, password: 'päss wörd'.normalize('NFD') })).toBe(true);
  expect(await realm.authenticate({ ...check, password: 'päss wörd ' })).toBe(false);
  expect(await realm.authenticate({ ...check, name: 'unknown' })).toBe(false);
});

test('pve: an unknown user costs as much as a wrong password', async () => {
  const realm = passwordRealm(createMemoryStore());
  const stored = await hashPassword('x');
  const spent = async (work: () => Promise<unknown>): Promise<number> => {
    const started = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(started);
    return user + system;
  };
  const known = await spent(() => verifyPassword('wrong', stored));
  const unknown = await spent(() => realm.authenticate({ ...check, name: 'nobody' }));
  expect(unknown).toBeGreaterThan(known / 4);
  expect(await verifyPassword('', dummyHash)).toBe(false);
});

test('damaged or overpriced hashes open nothing', async () => {
  for (const stored of [
    '',
    'x',
    'scrypt:ln=14,r=8,p=5::',
    'scrypt:ln=30,r=8,p=1:AAAA:AAAA',
    `scrypt:ln=14,r=8,p=5:AAAA:${Buffer.alloc(31).toString('base64')}`,
  ])
    expect(await verifyPassword('', stored)).toBe(false);
});
