// `croft state` against the fake daemon, and without any.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AppError, asAppError } from '../core/errors.ts';
import { listConfigBackups } from '../db/config-backup-files.ts';
import { restoreRequestFile, restoreResultFile } from '../db/restore-config.ts';
import type { Io, Output } from './io.ts';
import { Session } from './session.ts';
import { addStateCommands } from './state-commands.ts';

let folder: string;
let server: Server;
let appliance: boolean;
const asked: string[] = [];
const programs: string[] = [];
let state: { status: number; chunks: string[]; breakOff?: boolean };
const backup = 'croft-20261120T010203Z.db';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'croft-cli-state-'));
  asked.length = programs.length = 0;
  appliance = true;
  state = { status: 200, chunks: ['archive ', 'of the state'] };
  mkdirSync(join(folder, 'config-backups'));
  writeFileSync(join(folder, 'config-backups', backup), 'x'.repeat(2048));
  writeFileSync(join(folder, 'config-backups', 'croft-20261119T010203Z.db'), 'x');
  writeFileSync(join(folder, 'config-backups', 'croft-20261121T010203Z.db.new'), 'x');
  server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    asked.push(`${request.method} ${request.url} ${Buffer.concat(body)}`.trim());
    if (request.url === '/api2/json/nodes') {
      response.end('{"data":[{"node":"tower"}]}');
    } else if (request.url?.endsWith('/appliance/state')) {
      response.writeHead(state.status, state.status === 200 ? 'OK' : 'the state is being exported already');
      for (const chunk of state.chunks) response.write(chunk);
      if (state.breakOff) setTimeout(() => response.destroy(), 20);
      else response.end();
    } else response.end('{"data":null}');
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 'sock'), resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** Runs one command; what it throws is the result's error. `typed` makes the input a terminal. */
async function run(
  words: readonly string[],
  typed?: string,
): Promise<{ out: string; error: AppError | undefined }> {
  const stdout = new PassThrough();
  let out = '';
  stdout.on('data', (data) => {
    out += String(data);
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
  if (typed !== undefined) stdin.write(`${typed}\n`);
  const io: Io = { stdin, stdout: stdout as Output, stderr: new PassThrough() as Output, env: {} };
  const session = new Session({
    io,
    socketPath: join(folder, 'sock'),
    json: false,
    wait: true,
    yes: false,
    node: undefined,
  });
  const program = new Command('croft').exitOverride();
  addStateCommands(program, () => session, {
    socketPath: () => join(folder, 'sock'),
    dataDir: () => folder,
    isAppliance: () => appliance,
    exec: async (file, args) => {
      programs.push([file, ...args].join(' '));
      const { name, at } = JSON.parse(readFileSync(join(folder, restoreRequestFile), 'utf8'));
      writeFileSync(join(folder, restoreResultFile), JSON.stringify({ name, at, ...restored }));
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  });
  try {
    await program.parseAsync(['state', ...words], { from: 'user' });
    return { out, error: undefined };
  } catch (error) {
    return { out, error: asAppError(error) };
  }
}
let restored: object = {};

describe('export', () => {
  test('writes a private file', async () => {
    const file = join(folder, 'out.tar.gz');
    const { out, error } = await run(['export', file]);
    expect(error).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe('archive of the state');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(out).toContain('20 B. It holds secrets');
    expect((await run(['export', file])).error?.code).toBe('already-exists');
  });

  test('an export that breaks off leaves no file', async () => {
    state.breakOff = true;
    const { error } = await run(['export', join(folder, 'out.tar.gz')]);
    expect(error?.message).toContain('broke off');
    expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual([]);
  });

  test("the daemon's refusal is the error", async () => {
    state = { status: 500, chunks: [] };
    const { error } = await run(['export', join(folder, 'out.tar.gz')]);
    expect(error?.message).toBe('the state is being exported already');
    expect(existsSync(join(folder, 'out.tar.gz'))).toBe(false);
  });
});

describe('reset', () => {
  const call = (destroy: 0 | 1) =>
    `POST /api2/json/nodes/tower/appliance/reset {"confirm":"tower","destroy-guests":${destroy}}`;

  test('on a terminal the name is typed', async () => {
    expect((await run(['reset'], 'tower')).error).toBeUndefined();
    expect(asked.at(-1)).toBe(call(0));
    expect((await run(['reset'], 'yes')).error?.code).toBe('cancelled');
  });

  test('without a terminal it must be given', async () => {
    expect((await run(['reset'])).error?.fields).toEqual({ confirm: 'give --confirm tower' });
    expect(asked.some((line) => line.startsWith('POST'))).toBe(false);
    await run(['reset', '--confirm', 'tower', '--destroy-guests']);
    expect(asked.at(-1)).toBe(call(1));
  });
});

describe('copies of the configuration', () => {
  test('are listed without a daemon, as the daemon knows them', async () => {
    const { out } = await run(['backups']);
    const names = out
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0]);
    expect(names).toEqual(listConfigBackups(folder).map(({ name }) => name));
    expect(asked).toEqual([]);
  });

  test('one is put in place by the daemon’s next start', async () => {
    restored = { setAside: ['croft.db.damaged-x'] };
    const { out, error } = await run(['restore', backup]);
    expect(error).toBeUndefined();
    expect(programs).toEqual(['systemctl restart --no-block croft.service']);
    expect(JSON.parse(readFileSync(join(folder, restoreRequestFile), 'utf8'))).toEqual({
      name: backup,
      at: expect.any(Number),
    });
    expect(out).toContain(`${backup} is in place. What was changed after`);
    expect(out).toContain(join(folder, 'croft.db.damaged-x'));
  });

  test('what the daemon could not do is the error', async () => {
    restored = { problem: 'The database is damaged.' };
    expect((await run(['restore', backup])).error?.message).toBe(
      'nothing was changed: The database is damaged.',
    );
  });

  test('where the daemon is no service nothing is restarted', async () => {
    appliance = false;
    expect((await run(['restore', backup])).out).toContain('when the daemon starts the next time');
    expect(programs).toEqual([]);
  });

  test('a name that is not in the list is refused', async () => {
    expect((await run(['restore', '../croft.db'])).error?.code).toBe('not-found');
    expect(existsSync(join(folder, restoreRequestFile))).toBe(false);
  });

  test('on a terminal it asks', async () => {
    expect((await run(['restore', backup], 'no')).error?.code).toBe('cancelled');
    expect(existsSync(join(folder, restoreRequestFile))).toBe(false);
  });
});
