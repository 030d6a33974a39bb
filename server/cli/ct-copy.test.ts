// Files and folders into containers and out of them: what is asked of the daemon, and that a hostile container gets nothing by it.
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameBelow } from './ct-pull-folder.ts';
import { type Asked, FakeDaemon, Reply } from './daemon-fixture.ts';

const ct = '/nodes/pve1/lxc/101';
let daemon: FakeDaemon;
let here: string;
/** What each program inside answers, by its name and what it looks for. */
let inside: Map<string, string | { exitcode: number; stderr: string }>;
let files: Map<string, Buffer | Reply>;

beforeEach(async () => {
  daemon = await FakeDaemon.start();
  here = join(daemon.folder, 'here');
  await mkdir(here);
  inside = new Map();
  files = new Map();
  daemon.on('GET /cluster/resources', () => [{ type: 'lxc', vmid: 101, name: 'web', node: 'pve1' }]);
  daemon.on(`PUT ${ct}/file`, () => null);
  daemon.on(`GET ${ct}/file`, ({ query }) => files.get(query['path'] ?? '') ?? gone);
  daemon.on(`POST ${ct}/exec`, (asked) => {
    const [program = '', ...words] = commandOf(asked);
    const test = words.filter((word) => !word.startsWith('/')).join(' ');
    const answer = inside.get(`${program} ${test}`.trim()) ?? '';
    return typeof answer === 'string'
      ? { exitcode: 0, stdout: answer, stderr: '' }
      : { stdout: '', ...answer };
  });
});
afterEach(() => daemon.stop());

const gone = new Reply(404, { code: 'not-found', message: 'there is no such file' });
const folderReply = new Reply(409, { code: 'wrong-state', message: '/data is a folder, not a file' });
const commandOf = ({ body }: Asked) =>
  (JSON.parse(Buffer.from(body, 'latin1').toString()) as { command: string[] }).command;
const commands = () => daemon.asked.filter(({ path }) => path === `${ct}/exec`).map(commandOf);
const sent = () => daemon.asked.filter(({ verb, path }) => verb === 'PUT' && path === `${ct}/file`);

describe('push', () => {
  beforeEach(async () => {
    await mkdir(join(here, 'site/sub'), { recursive: true });
    await writeFile(join(here, 'site/index'), 'hello');
    await writeFile(join(here, 'site/sub/run'), '#!/bin/sh\n');
    await chmod(join(here, 'site/sub/run'), 0o750);
    await symlink('/etc/shadow', join(here, 'site/link'));
  });

  it('of a folder makes what is missing, sends each file, and follows no link', async () => {
    inside.set('find -prune -type d -print0', '/srv/www/.\0');
    const { code, out, err } = await daemon.run(['ct', 'push', 'web', join(here, 'site'), '/srv/www/']);
    expect({ code, err }).toEqual({ code: 0, err: 'left out: link, no plain file or folder\n' });
    expect(out).toBe('2 files in 2 folders, 15 B\n');
    expect(commands()).toEqual([
      ['find', '/srv/www/site/.', '/srv/www/site/sub/.', '-prune', '-type', 'd', '-print0'],
      ['mkdir', '-p', '/srv/www/site', '/srv/www/site/sub'],
      ['chown', '0:0', '/srv/www/site', '/srv/www/site/sub'],
      ['chmod', '755', '/srv/www/site', '/srv/www/site/sub'],
    ]);
    expect(sent().map(({ query, body }) => [query, body])).toEqual([
      [{ path: '/srv/www/site/index', mode: '644' }, 'hello'],
      [{ path: '/srv/www/site/sub/run', mode: '750' }, '#!/bin/sh\n'],
    ]);
  });

  it('leaves owner and permissions of folders that are there alone', async () => {
    inside.set('find -prune -type d -print0', '/srv/www/.\0/srv/www/sub/.\0');
    expect((await daemon.run(['ct', 'push', '101', join(here, 'site'), '/srv/www'])).code).toBe(0);
    expect(commands().map(([program]) => program)).toEqual(['find']);
  });

  it('gives owners by the names that the container knows, and permissions by which folders can be entered', async () => {
    files.set('/etc/passwd', Buffer.from('root:x:0:0::/root:/bin/sh\nwww-data:x:33:34::/:/bin/false\n'));
    files.set('/etc/group', Buffer.from('root:x:0:\nweb:x:77:\n'));
    const words = ['--user', 'www-data', '--group', 'web', '--perms', '0640'];
    expect((await daemon.run(['ct', 'push', '101', join(here, 'site'), '/srv/www', ...words])).code).toBe(0);
    expect(commands().slice(2)).toEqual([
      ['chown', '33:77', '/srv/www', '/srv/www/sub'],
      ['chmod', '750', '/srv/www', '/srv/www/sub'],
    ]);
    expect(sent()[0]?.query).toEqual({ path: '/srv/www/index', mode: '0640', uid: '33', gid: '77' });
    const unknown = await daemon.run(['ct', 'push', '101', join(here, 'site'), '/srv/www', '--user', 'me']);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("no user 'me'") });
  });

  it('of one file is as before', async () => {
    const file = join(here, 'site/index');
    expect(await daemon.run(['ct', 'push', '101', file, '/srv/', '--mode', '600', '--owner', '1:2'])).toEqual(
      {
        ...{ code: 0, out: '', err: '' },
      },
    );
    expect(sent()[0]?.query).toEqual({ path: '/srv/index', mode: '600', uid: '1', gid: '2' });
  });

  it.each([
    [['--perms', '9'], 'octal'],
    [['--perms', '644', '--mode', '644'], 'give one'],
    [['--owner', '0:0', '--user', '1'], 'without --user'],
    [['--owner', 'root'], 'two numbers'],
  ])('refuses %j before anything is done', async (words, said) => {
    const { code, err } = await daemon.run(['ct', 'push', '101', join(here, 'site'), '/srv', ...words]);
    expect({ code, said: err.includes(said) }).toEqual({ code: 1, said: true });
    expect(daemon.asked).toEqual([]);
  });

  it.each(['srv', '/srv/../etc'])('refuses %s as a place', async (path) => {
    const { code } = await daemon.run(['ct', 'push', '101', join(here, 'site'), path]);
    expect([code, commands(), sent()]).toEqual([1, [], []]);
  });

  it('says what the container lacks or complains of', async () => {
    inside.set('find -prune -type d -print0', { exitcode: 127, stderr: 'lxc-attach: no such program' });
    const run = () => daemon.run(['ct', 'push', '101', join(here, 'site'), '/srv/www']);
    expect((await run()).err).toContain("no program 'find'");
    inside.set('find -prune -type d -print0', { exitcode: 1, stderr: 'not there' });
    inside.set('mkdir -p', { exitcode: 1, stderr: 'mkdir: \x1b[31mread-only\nmore' });
    expect((await run()).err).toContain('mkdir in the container failed: mkdir: ?[31mread-only');
    expect(sent()).toEqual([]);
  });
});

describe('pull', () => {
  const listed = (lists: Partial<Record<'folders' | 'files' | 'programs' | 'others', readonly string[]>>) => {
    const text = (names: readonly string[] = []) => names.map((name) => `${name}\0`).join('');
    files.set('/data', folderReply);
    inside.set('test -d', '');
    inside.set('find -type d -print0', text(lists.folders ?? ['/data/.']));
    inside.set('find -type f -print0', text(lists.files));
    inside.set('find -type f -perm -100 -print0', text(lists.programs));
    inside.set('find ! -type d ! -type f -print0', text(lists.others));
  };
  const pull = (...more: string[]) => daemon.run(['ct', 'pull', '101', '/data', join(here, 'copy'), ...more]);

  it('of a folder copies files and folders, the right to execute, and names the rest', async () => {
    listed({
      folders: ['/data/.', '/data/./empty'],
      files: ['/data/./a', '/data/./deep/run', '/data/./gone'],
      programs: ['/data/./deep/run'],
      others: ['/data/./link', '/data/./di\x1bsk'],
    });
    files.set('/data/a', Buffer.from('A'));
    files.set('/data/deep/run', Buffer.from('#!'));
    const { code, out, err } = await pull();
    expect({ code, out }).toEqual({ code: 0, out: '2 files in 2 folders, 3 B\n' });
    expect(err.split('\n').map((line) => line.split(/[:,] /)[1])).toEqual([
      ...['link', 'di?sk', 'gone', undefined],
    ]);
    expect((await readdir(join(here, 'copy'), { recursive: true })).sort()).toEqual([
      ...['a', 'deep', 'deep/run', 'empty'],
    ]);
    expect(await readFile(join(here, 'copy/a'), 'utf8')).toBe('A');
    const modes = await Promise.all(['a', 'deep/run'].map((name) => stat(join(here, 'copy', name))));
    expect(modes.map(({ mode }) => mode & 0o7777)).toEqual([0o644, 0o755]);
  });

  it.each([
    '/data/./../escaped',
    '/data/./a/../../escaped',
    '/etc/shadow',
    '/data/escaped',
    '/data/.//escaped',
    '/data/./a//b',
    '/data/./.',
    '',
    `/data/./${'x'.repeat(256)}`,
    `/data/./${'y/'.repeat(2100)}z`,
  ])('believes no listed name %j, and writes nothing then', async (name) => {
    for (const list of ['folders', 'files', 'programs', 'others'] as const) {
      listed({ [list]: ['/data/.', name].slice(list === 'folders' ? 0 : 1) });
      files.set(name, Buffer.from('taken'));
      const { code, err } = await pull();
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('nothing was written') });
      expect(await readdir(here)).toEqual([]);
    }
    expect(() => nameBelow('/data/.', name)).toThrow('no name below');
  });

  it('writes through no link that is in the target', async () => {
    const outside = join(daemon.folder, 'outside');
    await mkdir(outside);
    await mkdir(join(here, 'copy'));
    await symlink(outside, join(here, 'copy/sub'));
    // The folder of the file is not even listed.
    listed({ files: ['/data/./sub/file'] });
    files.set('/data/sub/file', Buffer.from('x'));
    expect(await pull()).toMatchObject({ code: 1, err: expect.stringContaining('is a link in the target') });
    expect(await readdir(outside)).toEqual([]);

    const victim = join(outside, 'victim');
    await writeFile(victim, 'mine');
    await symlink(victim, join(here, 'copy/file'));
    listed({ files: ['/data/./file'] });
    files.set('/data/file', Buffer.from('theirs'));
    expect((await pull()).code).toBe(0);
    expect(await readFile(victim, 'utf8')).toBe('mine');
    expect(await readFile(join(here, 'copy/file'), 'utf8')).toBe('theirs');
    await expect(readlink(join(here, 'copy/file'))).rejects.toThrow('EINVAL');
  });

  it('ends at the limit, with nothing left of the file that was too much', async () => {
    listed({ files: ['/data/./a', '/data/./b'] });
    for (const name of ['a', 'b']) files.set(`/data/${name}`, Buffer.alloc(1500));
    const { code, err } = await pull('--limit', '2K');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('--limit') });
    expect(await readdir(join(here, 'copy'))).toEqual(['a']);
    expect((await pull('--limit', 'much')).code).toBe(1);
  });

  it('refuses more names than the daemon hands over', async () => {
    listed({});
    inside.set('find -type f -print0', '/data/./aaaaaaa\0'.repeat(65_536));
    const { code, err } = await pull();
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('too many files') });
    expect(await readdir(here)).toEqual([]);
  });

  it('says when there is no such folder, and what could not be read', async () => {
    expect((await pull()).err).toContain('there is no such file');
    listed({});
    inside.set('find -type d -print0', { exitcode: 1, stderr: 'find: /data/.: denied' });
    expect((await pull()).err).toContain('denied');
    listed({});
    expect(await daemon.run(['ct', 'pull', '101', '/data', '-'])).toMatchObject({ code: 1 });
  });

  it('of one file is as before, also into a folder', async () => {
    files.set('/etc/hosts', Buffer.from('one'));
    expect((await daemon.run(['ct', 'pull', '101', '/etc/hosts', '-'])).out).toBe('one');
    expect((await daemon.run(['ct', 'pull', '101', '/etc/hosts', `${here}/`])).code).toBe(0);
    expect(await readFile(join(here, 'hosts'), 'utf8')).toBe('one');
    expect(commands()).toEqual([]);
  });
});
