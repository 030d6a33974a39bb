// `croft installer` against a daemon that answers from a table, with a checker of answers that knows one mistake.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asAppError } from '../core/errors.ts';
import { FakeDaemon } from './daemon-fixture.ts';
import { explainError } from './explain-error.ts';
import { type AnswersVerdict, addInstallerCommands } from './installer-commands.ts';
import type { Input, Io, Output } from './io.ts';
import { Session } from './session.ts';

const upid = 'UPID:pve1:00000001:00000002:69000000:install:sda:root@pam:';
const base = '/nodes/pve1/appliance';
const facts = {
  firmware: 'bios',
  memoryBytes: 1,
  nics: [],
  disks: [
    {
      path: '/dev/sda',
      name: 'sda',
      ids: ['/dev/disk/by-id/ata-A'],
      model: 'SSD \x1b[2J',
      serial: '',
      sizeBytes: 500e9,
      sectorBytes: 512,
      transport: 'sata',
      rotational: false,
      contents: [
        { device: '/dev/sda1', sizeBytes: 1, type: 'ntfs', label: '', description: 'Windows (NTFS)' },
        { device: '/dev/sda2', sizeBytes: 1, type: 'ntfs', label: '', description: 'Windows (NTFS)' },
      ],
    },
    {
      path: '/dev/sdb',
      name: 'sdb',
      ids: [],
      model: '',
      serial: '',
      sizeBytes: 32e9,
      sectorBytes: 512,
      transport: 'usb',
      rotational: false,
      contents: [],
      croft: { hostname: 'attic', version: '0.9', keepable: true },
      problem: 'it is read-only',
    },
  ],
};

/** Knows one mistake: the word `bad`. The devices are the words that look like paths. */
function checkAnswers(text: string): AnswersVerdict {
  const at = text.split('\n').findIndex((line) => line.includes('bad'));
  if (at >= 0)
    return {
      problems: [
        { key: 'disk.devices', line: at + 1, message: 'is bad\x1b[2J' },
        { key: '', line: 0, message: 'has no place' },
      ],
      summary: [],
      devices: [],
    };
  return { problems: [], summary: [['disks', 'sda']], devices: text.match(/\/dev\/[\w/-]+/g) ?? [] };
}

let daemon: FakeDaemon;
let folder: string;
let file: string;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  folder = await mkdtemp(join(tmpdir(), 'croft-installer-'));
  file = join(folder, 'answers.toml');
  await writeFile(file, 'devices = ["/dev/disk/by-id/ata-A"]\n');
  daemon.on(`GET ${base}/machine`, () => facts);
  daemon.on(`POST ${base}/check`, () => ({
    problems: [],
    destroys: ['sda (SSD, 500 GB) will be erased'],
    warnings: ['No link.'],
  }));
  daemon.on(`POST ${base}/install`, () => upid);
  const task = `/nodes/pve1/tasks/${encodeURIComponent(upid)}`;
  daemon.on(`GET ${decodeURI(task)}/status`, () => ({ status: 'stopped', exitstatus: 'OK' }));
  daemon.on(`GET ${decodeURI(task)}/log`, () => [{ n: 1, t: 'copied' }]);
});
afterEach(async () => {
  await daemon.stop();
  await rm(folder, { recursive: true });
});

async function run(argv: string[], typed?: string) {
  const texts = { out: '', err: '' };
  const collect = (key: 'out' | 'err') => {
    const stream = new PassThrough() as PassThrough & Output;
    stream.on('data', (data) => {
      texts[key] += String(data);
    });
    return stream;
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: typed !== undefined }) as Input & PassThrough;
  stdin.end(typed ?? '');
  const io: Io = { stdin, stdout: collect('out'), stderr: collect('err'), env: {} };
  const program = new Command('croft').option('--json').option('--yes').exitOverride();
  const session = () => {
    const { json, yes } = program.opts<{ json?: boolean; yes?: boolean }>();
    return new Session({
      io,
      socketPath: daemon.socketPath,
      json: json === true,
      wait: true,
      yes: yes === true,
      node: undefined,
    });
  };
  addInstallerCommands(program, io, session, { checkAnswers });
  let code = 0;
  try {
    await program.parseAsync(['installer', ...argv], { from: 'user' });
  } catch (thrown) {
    code = 1;
    io.stderr.write(explainError(asAppError(thrown), () => undefined));
  }
  await new Promise((resolve) => setImmediate(resolve));
  return { code, ...texts };
}

const asked = (name: string) => daemon.asked.filter(({ path }) => path.endsWith(`/${name}`));
const installed = () => JSON.parse(asked('install')[0]?.body ?? 'null');

describe('check', () => {
  test('asks no daemon, and says what the file means', async () => {
    expect(await run(['check', file])).toEqual({ code: 0, out: 'disks: sda\n', err: '' });
    expect(daemon.asked).toEqual([]);
  });

  test('says each problem with its line, as compilers do', async () => {
    await writeFile(file, 'a = 1\nbad = 2\n');
    const { code, out, err } = await run(['check', file]);
    expect([code, err]).toEqual([1, `croft: 2 problems in ${file}\n`]);
    expect(out).toBe(`${file}:2: disk.devices: is bad?[2J\n${file}: has no place\n`);
  });

  test('as JSON', async () => {
    const { out } = await run(['check', file, '--json']);
    expect(JSON.parse(out)).toEqual({ problems: [], summary: { disks: 'sda' } });
  });

  test('a file that is not there', async () => {
    const { code, err } = await run(['check', join(folder, 'none.toml')]);
    expect(code).toBe(1);
    expect(err).toContain(`there is no file ${folder}/none.toml`);
  });
});

test('disks, with what is on them', async () => {
  const { out } = await run(['disks']);
  expect(out.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
    'DISK | SIZE | MODEL | BY | CONTENTS',
    'sda | 466 GiB | SSD ?[2J | sata | Windows (NTFS)',
    'sdb | 30 GiB | usb | Croft 0.9 of attic | not usable: it is read-only',
    '',
  ]);
});

describe('run', () => {
  test('with --yes takes the names from the answers, and follows the task', async () => {
    const { code, out, err } = await run(['run', '--answers', file, '--yes']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe('sda (SSD, 500 GB) will be erased\nNo link.\ncopied\n');
    expect(installed()).toEqual({ answers: 'devices = ["/dev/disk/by-id/ata-A"]\n', confirm: 'sda' });
  });

  test('with --confirm sends what was typed', async () => {
    expect((await run(['run', '--answers', file, '--confirm', 'sdz'])).code).toBe(0);
    expect(installed()).toMatchObject({ confirm: 'sdz' });
    expect(asked('machine')).toEqual([]);
  });

  test('asks for the names on a terminal, and nothing less will do', async () => {
    const no = await run(['run', '--answers', file], 'yes\n');
    expect([no.code, asked('install')]).toEqual([1, []]);
    expect(no.err).toContain('Type sda to go on: ');
    expect(no.err).toContain('nothing was done');
    expect((await run(['run', '--answers', file], 'sda\n')).code).toBe(0);
    expect(installed()).toMatchObject({ confirm: 'sda' });
  });

  test('without a terminal needs one of them', async () => {
    const { code, err } = await run(['run', '--answers', file]);
    expect([code, asked('install')]).toEqual([1, []]);
    expect(err).toContain('hint: --confirm sda, or --yes');
  });

  test('stops at mistakes in the file before it asks the daemon', async () => {
    await writeFile(file, 'bad');
    const { code, err } = await run(['run', '--answers', file, '--yes']);
    expect([code, daemon.asked]).toEqual([1, []]);
    expect(err).toContain(`${file}:1: disk.devices: is bad`);
  });

  test('stops at what the machine has against it', async () => {
    const problems = [{ key: 'disk.erase', line: 1, message: 'sda is not empty' }];
    daemon.on(`POST ${base}/check`, () => ({ problems, destroys: [], warnings: [] }));
    const { code, err } = await run(['run', '--answers', file, '--yes']);
    expect([code, asked('install')]).toEqual([1, []]);
    expect(err).toContain(`${file}:1: disk.erase: sda is not empty\n`);
  });
});
