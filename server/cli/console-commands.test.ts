// `croft console` from the terminal's side: lines and secrets as they are typed, and what reaches programs and the daemon.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exec, ExecOptions } from '../core/exec.ts';
import { openTerminal } from './console/terminal.ts';
import { addConsoleCommands } from './console-commands.ts';
import { FakeDaemon } from './daemon-fixture.ts';
import type { Input, Io, Output } from './io.ts';
import { Session } from './session.ts';

class Terminal extends PassThrough implements Input {
  readonly isTTY = true;
  raw = false;
  readonly modes: boolean[] = [];
  setRawMode(raw: boolean): void {
    this.raw = raw;
    this.modes.push(raw);
  }
}

function newIo(stdin: Input): { io: Io; text: () => string } {
  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (data) => {
    text += String(data);
  });
  return { io: { stdin, stdout: stdout as Output, stderr: stdout as Output, env: {} }, text: () => text };
}

describe('the terminal', () => {
  it('reads lines, typed ahead or in pieces, and the last without its end', async () => {
    const stdin = new PassThrough();
    const { io, text } = newIo(stdin);
    const talk = openTerminal(io);
    stdin.write(' one \r\ntw');
    expect(await talk.ask('First')).toBe('one');
    const second = talk.ask('Second', { default: '2' });
    stdin.write('o\n\nlast');
    stdin.end();
    expect(await second).toBe('two');
    expect(await talk.ask('Third', { default: '3' })).toBe('3');
    expect(await talk.ask('Fourth')).toBe('last');
    expect(await talk.ask('Fifth')).toBeUndefined();
    expect(text()).toContain('Second [2]: ');
    talk.close();
  });

  it('gives up after the time it was given', async () => {
    const talk = openTerminal(newIo(new PassThrough()).io);
    expect(await talk.ask('Well?', { timeoutMs: 5 })).toBeUndefined();
    talk.close();
  });

  it.each([
    ['plain', 'secret\r', 'secret'],
    ['corrected', 'secrex\x7ft\r', 'secret'],
    ['begun again', 'wrong\x15secret\n', 'secret'],
    ['with keys that are no characters', 'se\x1b[Acr\x1bOP\x01et\r', 'secret'],
    ['with blanks and letters of all kinds', ' ñ😀x\x7f\x7f \r', ' ñ '],
    ['ended', '\x04', undefined],
    ['after an Escape alone', '\x1b', ''],
  ])('reads a secret, %s, without showing it', async (_how, keys, secret) => {
    const stdin = new Terminal();
    const { io, text } = newIo(stdin);
    const talk = openTerminal(io);
    const asked = talk.ask('Password', { secret: true });
    expect(stdin.raw).toBe(true);
    const bytes = Buffer.from(keys);
    for (let at = 0; at < bytes.length; at += 1) {
      stdin.write(bytes.subarray(at, at + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (secret === '') setTimeout(() => stdin.write('\r'), 150);
    expect(await asked).toBe(secret);
    expect(stdin.raw).toBe(false);
    expect(text().trim()).toBe('Password:');
    talk.close();
  });

  it('ends by Ctrl+C in a secret, with the terminal as it was', async () => {
    const stdin = new Terminal();
    const talk = openTerminal(newIo(stdin).io);
    const asked = talk.ask('Password', { secret: true });
    stdin.write('abc\x03');
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    expect(stdin.modes).toEqual([true, false]);
    talk.close();
  });
});

describe('the commands', () => {
  let daemon: FakeDaemon;
  let root = '';
  beforeEach(async () => {
    daemon = await FakeDaemon.start();
    root = mkdtempSync(join(tmpdir(), 'croft-console-'));
  });
  afterEach(async () => {
    await daemon.stop();
    rmSync(root, { recursive: true, force: true });
  });

  async function run(argv: readonly string[], input: string) {
    const stdin = new PassThrough();
    stdin.end(input);
    const { io, text } = newIo(stdin);
    const runs: { line: string; options: ExecOptions }[] = [];
    const exec: Exec = async (file, args, options = {}) => {
      runs.push({ line: [file, ...args].join(' '), options });
      return { exitCode: 0, stdout: '', stderr: '' };
    };
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    const session = () =>
      new Session({
        io,
        socketPath: daemon.socketPath,
        json: false,
        wait: true,
        yes: false,
        node: undefined,
      });
    addConsoleCommands(program, io, session, { exec, root });
    const error = await program.parseAsync(['console', ...argv], { from: 'user' }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    await new Promise((resolve) => setImmediate(resolve));
    return { runs, text: text(), error };
  }

  it('password: to chpasswd by its input, nowhere else', async () => {
    const { runs, text, error } = await run(
      ['password'],
      'short\ncorrect horse\nwrong one\nco:rrect horse\nco:rrect horse\n',
    );
    expect(error).toBeUndefined();
    expect(runs.map(({ line }) => line)).toEqual(['chpasswd']);
    expect(runs[0]?.options.input).toBe('root:co:rrect horse\n');
    expect(text).not.toContain('horse');
  });

  it('password: nothing at the end of the input', async () => {
    const { runs, error } = await run(['password'], 'correct horse\n');
    expect(runs).toEqual([]);
    expect(error).toMatchObject({ code: 'cancelled' });
  });

  it('head: the file, or that the daemon is not there yet', async () => {
    expect((await run(['head'], '')).text).toBe('Croft is starting.\n');
    mkdirSync(join(root, 'run/croft'), { recursive: true });
    writeFileSync(join(root, 'run/croft/console-head'), 'Croft 0.1.0\n');
    expect((await run(['head'], '')).text).toBe('Croft 0.1.0\n');
  });

  it('install: asks the daemon, follows the task, reboots', async () => {
    const base = '/nodes/pve1/appliance';
    const upid = 'UPID:pve1:00000001:00000001:00000001:install::root@pam:';
    daemon.on(`GET ${base}/machine`, () => ({
      disks: [
        {
          ...{
            path: '/dev/sda',
            name: 'sda',
            ids: [],
            model: '',
            serial: '',
            transport: '',
            rotational: false,
          },
          ...{ sizeBytes: 2e10, sectorBytes: 512, contents: [] },
        },
      ],
      nics: [{ name: 'eth0', mac: '52:54:00:00:00:01', link: true, addresses: [] }],
      firmware: 'bios',
      memoryBytes: 4e9,
    }));
    daemon.on(`POST ${base}/check`, () => ({ problems: [], destroys: [], warnings: [] }));
    daemon.on(`POST ${base}/install`, () => upid);
    daemon.on(`GET /nodes/pve1/tasks/${encodeURIComponent(upid)}/status`, () => ({
      status: 'stopped',
      exitstatus: 'OK',
    }));
    daemon.on(`GET /nodes/pve1/tasks/${encodeURIComponent(upid)}/log`, () => [{ n: 1, t: 'copying: 50%' }]);
    const typed = ['1', 'dhcp', 'pve1', 'correct horse', 'correct horse', '', '', '', '', 'sda', ''];
    const { runs, text, error } = await run(['install'], `${typed.join('\n')}\n`);
    expect(error).toBeUndefined();
    expect(text).toContain('copying: 50%');
    expect(runs.map(({ line }) => line)).toEqual(['systemctl reboot']);
    const sent = daemon.asked.find(({ path }) => path === `${base}/install`);
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({ confirm: 'sda' });
  });

  it('address is there only with the texts of network files', async () => {
    expect((await run(['address'], '')).error).toBeDefined();
  });
});
