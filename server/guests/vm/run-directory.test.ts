// The run directory, and the user it is made for.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readQemuUser } from './qemu-user.ts';
import {
  isSocket,
  prepareRunDirectory,
  removeRunDirectory,
  runDirectory,
  vncSocketPath,
} from './run-directory.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-run-'));
});
afterEach(() => rm(dir, { recursive: true }));
const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

describe('the run directory', () => {
  it('is made without sockets of an earlier run, again and again, and removed', async () => {
    await prepareRunDirectory(dir, 100, me);
    await writeFile(vncSocketPath(dir, 100), '');
    await writeFile(join(runDirectory(dir, 100), 'keep.log'), '');
    await prepareRunDirectory(dir, 100, me);
    expect(existsSync(vncSocketPath(dir, 100))).toBe(false);
    expect(existsSync(join(runDirectory(dir, 100), 'keep.log'))).toBe(true);
    expect((await stat(runDirectory(dir, 100))).mode & 0o777).toBe(0o750);
    await removeRunDirectory(dir, 100);
    await removeRunDirectory(dir, 100);
    expect(existsSync(runDirectory(dir, 100))).toBe(false);
  });

  it('takes no link for a socket', async () => {
    const path = join(dir, 'real.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await symlink(path, join(dir, 'link.sock'));
    expect(await isSocket(path)).toBe(true);
    expect(await isSocket(join(dir, 'link.sock'))).toBe(false);
    expect(await isSocket(join(dir, 'none.sock'))).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the user of QEMU', () => {
  const files = async (conf: string) => {
    const made = { qemuConf: join(dir, 'conf'), passwd: join(dir, 'passwd'), group: join(dir, 'group') };
    await writeFile(made.qemuConf, conf);
    await writeFile(
      made.passwd,
      'root:x:0:0::/:/bin/sh\nlibvirt-qemu:x:64055:107::/:/bin/false\nq:x:5:6::/:/\n',
    );
    await writeFile(made.group, 'kvm:x:107:\nlibvirt-qemu:x:64055:libvirt-qemu\n');
    return made;
  };

  it.each([
    ['nothing set', '#user = "x"\n', { uid: 64055, gid: 64055 }],
    ['names', 'user = "q"\ngroup = "kvm"\n', { uid: 5, gid: 107 }],
    ['numbers', ' user="+12"\ngroup = "13"\n', { uid: 12, gid: 13 }],
    ['an unknown name', 'user = "nobody-there"\n', { uid: 0, gid: 64055 }],
  ])('is read from qemu.conf: %s', async (_what, conf, user) => {
    expect(await readQemuUser(await files(conf))).toEqual(user);
  });
});
