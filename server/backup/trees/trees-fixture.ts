// What the host tests of this folder stand on: a tree with everything that a file system can hold, and what of a tree must come back.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { exec } from '../../core/exec.ts';
import type { TreeWorkOptions } from './write-tar.ts';

/** Why nothing here can run; undefined when all can. */
export function whyNoTrees(): string | undefined {
  if (process.getuid?.() !== 0) return 'root is needed';
  const programs = ['setfacl', 'getfattr', 'setfattr', 'rsync', 'tar', 'prlimit'].map(
    (name) => `/usr/bin/${name}`,
  );
  const missing = [...programs, '/usr/sbin/setcap'].filter((path) => !existsSync(path));
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined;
}

export const quiet: TreeWorkOptions = { exec, signal: new AbortController().signal, log: () => {} };
export const hugeBytes = 3 * 1024 ** 4;

/** A container's numbers on the host. */
export const map = { first: 100_000, count: 65_536 };

/** A folder for each test, in memory where there is such a place; nothing of it is mounted when the test ends. */
export function freshFolder(name: string): () => string {
  let base = '';
  beforeEach(() => {
    base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `croft-${name}-`));
  });
  afterEach(() => {
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(base);
    rmSync(base, { recursive: true });
  });
  return () => base;
}

/** `first`: the host's number of the container's root. With 0 there are device nodes, too. */
export function fillTree(root: string, first: number): void {
  const at = (name: string) => join(root, name);
  const own = (name: string, uid: number, gid: number) => lchownSync(at(name), first + uid, first + gid);
  const file = (name: string, text: string | Buffer = name) => {
    writeFileSync(at(name), text);
    own(name, 0, 0);
  };
  for (const name of ['etc', 'bin', 'tmp', 'var', 'var/tmp', 'var/run', 'srv', 'srv/data', 'home']) {
    mkdirSync(at(name));
    own(name, 0, 0);
  }
  chownSync(root, first, first);
  for (const name of ['etc/passwd', 'tmp/gone', 'var/tmp/gone', 'var/run/x.pid', 'var/run/kept', 'empty'])
    file(name);
  file('empty', '');
  file('bin/su', '\x7fELF');
  own('bin/su', 0, 42);
  chmodSync(at('bin/su'), 0o6755);
  execFileSync('setcap', [...(first > 0 ? ['-n', String(first)] : []), 'cap_net_raw+ep', at('bin/su')]);
  // A change of owner would take capabilities and modes away: last.
  linkSync(at('bin/su'), at('home/hard link'));
  symlinkSync('/etc/../../passwd', at('away'));
  symlinkSync('x'.repeat(300), at('long link'));
  own('away', 1000, 1000);
  own('long link', 0, 0);
  file('home/user', 'u');
  own('home/user', 1000, 65_535);
  execFileSync('setfattr', ['-n', 'user.note', '-v', '0x00ff0a3d', at('home/user')]);
  execFileSync('setfacl', ['-m', `u:${first + 7}:rw,g:${first + 8}:r`, at('home/user')]);
  execFileSync('setfacl', ['-d', '-m', `u:${first + 9}:rwx`, at('home')]);
  file('holes', 'begin');
  truncateSync(at('holes'), hugeBytes);
  execFileSync(
    'dd',
    ['if=/dev/urandom', `of=${at('holes')}`, 'bs=4k', 'count=3', 'seek=1000', 'conv=notrunc'],
    {
      stdio: 'ignore',
    },
  );
  execFileSync('mkfifo', [at('fifo')]);
  own('fifo', 3, 3);
  file('new\nline\t\\and "quotes" ä');
  file('-rf');
  file(Buffer.from([0x2e, 0x2f, 0xff, 0xfe]).toString('latin1').slice(2));
  let deep = 'srv';
  for (let level = 0; level < 15; level++) {
    deep = `${deep}/${'d'.repeat(240)}`;
    mkdirSync(at(deep));
    own(deep, 0, 0);
  }
  file(`${deep}/${'n'.repeat(250)}`);
  mkdirSync(at('locked'));
  file('locked/inside');
  own('locked', 5, 5);
  chmodSync(at('locked'), 0o1500);
  lutimesSync(at('away'), 1e9, 12_345.678);
  execFileSync('touch', ['-d', '1969-07-20T20:17:40.123456789Z', at('etc/passwd')]);
  execFileSync('touch', ['-d', '2001-09-09T01:46:40.987654321Z', at('locked')]);
  if (first > 0) return;
  execFileSync('mknod', ['-m', '666', at('var/null'), 'c', '1', '3']);
  mkdirSync(at('dev'));
  execFileSync('mknod', [at('dev/sda'), 'b', '8', '0']);
}

export type Found = Record<string, string>;

/** Everything of a tree that a restore must bring back, by the name below it; owners less `first`. Names are latin1. */
export function readTree(root: string, first = 0): Found {
  const fields = ['%P', '%y', '%m', '%U', '%G', '%s', '%n', '%T@', '%l'];
  const words = execFileSync('find', [root, '-printf', `${fields.join('\\0')}\\0`], { maxBuffer: 1 << 30 })
    .toString('latin1')
    .split('\0');
  const found: Record<string, string> = {};
  const inodes = new Map<number, string>();
  for (
    let at = 0;
    at + fields.length < words.length + 1 && words.length - at > fields.length - 1;
    at += fields.length
  ) {
    const [name = '', kind = '', mode, uid, gid, size, links, mtime, link] = words.slice(
      at,
      at + fields.length,
    );
    const path = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
    const facts = [kind, mode, Number(uid) - first, Number(gid) - first, mtime];
    if (kind === 'f') {
      facts.push(size, links);
      const { ino, nlink, rdev: _ } = lstatSync(path);
      if (nlink > 1) {
        const other = inodes.get(ino);
        inodes.set(ino, other === undefined || name < other ? name : other);
      }
      facts.push(
        Number(size) > 1 << 30 ? 'large' : createHash('sha256').update(readFileSync(path)).digest('hex'),
      );
    } else if (kind === 'l') facts.push(link);
    else if (kind === 'c' || kind === 'b') facts.push(lstatSync(path).rdev);
    found[name] = facts.join(' ');
  }
  const attributes = execFileSync(
    'getfattr',
    ['-R', '-h', '-d', '-e', 'hex', '-m', '^(user[.]|security[.]capability|system[.]posix_acl)', '.'],
    { cwd: root, maxBuffer: 1 << 30 },
  ).toString('latin1');
  for (const block of attributes.split('\n\n').filter((text) => text.startsWith('# file: '))) {
    const [head = '', ...lines] = block.split('\n');
    const name = `attributes of ${head.slice(8)}`;
    found[name] = lines.map((line) => withoutFirst(line, first)).join(' ');
  }
  return found;
}

/** Numbers of the host in access lists and capabilities, as the container sees them. */
function withoutFirst(line: string, first: number): string {
  const [name = '', hex = ''] = line.split('=0x');
  const data = Buffer.from(hex, 'hex');
  // acl(5) as the kernel keeps it: version, then tag, permissions and number of each.
  if (name.startsWith('system.posix_acl'))
    for (let at = 4; at + 8 <= data.length; at += 8) {
      const id = data.readUInt32LE(at + 4);
      if (id !== 0xffffffff) data.writeUInt32LE(id - first, at + 4);
    }
  // Version 3 is version 2 with the number of a user namespace's root at the end (capabilities(7)).
  if (name === 'security.capability' && data.length === 24) {
    data.writeUInt32LE((data.readUInt32LE(0) & 0xffffff) | 0x02000000, 0);
    return `${name}=${data.subarray(0, 20).toString('hex')} of ${data.readUInt32LE(20) - first}`;
  }
  return `${name}=${data.toString('hex')}${name === 'security.capability' ? ' of 0' : ''}`;
}

/** All of what a sink was given. */
export function memorySink() {
  const pieces: Buffer[] = [];
  return {
    write: async (bytes: Buffer) => {
      pieces.push(Buffer.from(bytes));
    },
    all: () => Buffer.concat(pieces),
  };
}

export async function* inPieces(bytes: Buffer, size = 100_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
