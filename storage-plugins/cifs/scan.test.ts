// Lists of shares as smbclient prints them, the login by a file, and complaints as sentences.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { readShares, scanCifsShares } from './scan.ts';

const context = quietContext();
const printed = `Disk|images|Disks of machines
Disk|print$|Printer Drivers
Disk|my share|a | b
Disk|bare|
IPC|IPC$|IPC Service (Samba 4.22.4-Debian)
Printer|laser|Second floor
Server|NAS|Samba 4.22.4-Debian
Workgroup|OFFICE|NAS
`;
let secrets: string;
beforeEach(async () => {
  secrets = await mkdtemp(path.join(tmpdir(), 'croft-scan-'));
});
afterEach(async () => await rm(secrets, { recursive: true }));

test('reads shares of files, without the hidden ones', () => {
  expect(readShares(printed)).toEqual([
    { share: 'images', description: 'Disks of machines' },
    { share: 'my share', description: 'a | b' },
    { share: 'bare', description: '' },
  ]);
  expect(readShares('SMB1 disabled -- no workgroup available\n')).toEqual([]);
});

test('the password stands in a file of root alone, never in an argument', async () => {
  const ran: string[] = [];
  let seen = '';
  const exec: Exec = async (file, args) => {
    ran.push([file, ...args].join(' '));
    const secret = args.at(-1)?.split('=')[1] ?? '';
    seen = `${await readFile(secret, 'utf8')}${((await stat(secret)).mode & 0o777).toString(8)}`;
    return { exitCode: 0, stdout: printed, stderr: '' };
  };
  const question = { server: 'nas', username: 'croft', password: 'secret', domain: 'OFFICE' };
  expect(await scanCifsShares(exec, context, question, secrets)).toHaveLength(3);
  expect(ran).toEqual([
    `smbclient --list nas --grepable --timeout=8 --authentication-file=${path.join(secrets, 'scan')}`,
  ]);
  expect(seen).toBe('username=croft\npassword=secret\ndomain=OFFICE\n600');
  expect(await readdir(secrets)).toEqual([]);
});

test('asks as a guest without a user, and nobody for what is no server', async () => {
  const ran: string[] = [];
  const exec: Exec = async (file, args) => {
    ran.push([file, ...args].join(' '));
    return { exitCode: 0, stdout: printed, stderr: '' };
  };
  await scanCifsShares(exec, context, { server: '192.0.2.6' }, secrets);
  expect(ran).toEqual(['smbclient --list 192.0.2.6 --grepable --timeout=8 --no-pass']);
  for (const question of [
    { server: '-L' },
    { server: 'nas', username: 'a\nb' },
    { server: 'nas', password: 'x' },
  ])
    expect(await refused(scanCifsShares(exec, context, question, secrets))).toBe('invalid-input');
  expect(ran).toHaveLength(1);
});

test.each([
  ['session setup failed: NT_STATUS_LOGON_FAILURE', 'wrong user name or password'],
  ['do_connect: Connection to nas failed (Error NT_STATUS_HOST_UNREACHABLE)', 'does not answer'],
  ['tree connect failed: NT_STATUS_ACCESS_DENIED', 'only to users that it knows'],
  ['something new', 'did not tell them'],
])('%s', async (complaint, said) => {
  const exec: Exec = async () => {
    throw new AppError('command-failed', `look: ${complaint}`, { detail: complaint });
  };
  const look = scanCifsShares(exec, context, { server: 'nas', username: 'croft', password: 'x' }, secrets);
  await expect(look).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(said) });
  expect(await readdir(secrets)).toEqual([]);
});
