// Lists of exports as showmount prints them, and its complaints as sentences.
import { expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { readExports, scanNfsExports } from './scan.ts';

const context = quietContext();

test('reads paths and who may mount them', () => {
  const text = `/srv/images         192.0.2.0/24,backup.example
/srv/iso            *
/srv/my share       (everyone)
/bare
not a line of it
`;
  expect(readExports(text)).toEqual([
    { path: '/srv/images', options: '192.0.2.0/24,backup.example' },
    { path: '/srv/iso', options: '*' },
    { path: '/srv/my share', options: '(everyone)' },
    { path: '/bare', options: '' },
  ]);
  expect(readExports('')).toEqual([]);
});

test('asks for one server, and never for what could be an option', async () => {
  const ran: string[] = [];
  const exec: Exec = async (file, args) => {
    ran.push([file, ...args].join(' '));
    return { exitCode: 0, stdout: '/srv *\n', stderr: '' };
  };
  expect(await scanNfsExports(exec, context, '192.0.2.5')).toEqual([{ path: '/srv', options: '*' }]);
  expect(ran).toEqual(['showmount --no-headers --exports 192.0.2.5']);
  for (const server of ['-a', 'nas;id', 'nas nas', ''])
    expect(await refused(scanNfsExports(exec, context, server))).toBe('invalid-input');
  expect(ran).toHaveLength(1);
});

test.each([
  ['clnt_create: RPC: Program not registered', 'type the path in'],
  [
    'clnt_create: RPC: Port mapper failure - Unable to receive: errno 113 (No route to host)',
    'does not answer',
  ],
  ['clnt_create: RPC: Unknown host', 'nobody knows a server of that name'],
  ['something new', 'did not tell them'],
])('%s', async (complaint, said) => {
  const exec: Exec = async () => {
    throw new AppError('command-failed', `look: ${complaint}`, { detail: complaint });
  };
  const look = scanNfsExports(exec, context, 'nas');
  await expect(look).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(said) });
});

test('a program that is missing is named with its package', async () => {
  const exec: Exec = async () => {
    throw new AppError('unavailable', 'showmount is not installed');
  };
  await expect(scanNfsExports(exec, context, 'nas')).rejects.toThrow('install the package nfs-common');
});
