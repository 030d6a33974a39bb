// `croft ct push` and `pull` of folders against the real daemon and a real container, also one that means harm.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, type Ended, firstVmid, whyNoContainers } from './ct-world.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`copying folders of containers is not tested: ${why}\n`);

const root = fileURLToPath(new URL('../..', import.meta.url));
const world = new CtWorld();
const vmid = firstVmid + 60;
let here: string;

function croft(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      join(root, 'node_modules/.bin/node'),
      [join(root, 'server/croft.ts'), ...args],
      {
        env: { PATH: process.env['PATH'] ?? '', CROFT_SOCKET: world.daemon.socket },
        timeout: 60_000,
        cwd: here,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}
const ct = String(vmid);

beforeAll(async () => {
  if (why !== undefined) return;
  await world.daemon.start();
  here = mkdtempSync(join(world.daemon.folder, 'here-'));
  const template = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
  expect(await world.create(vmid, template, { start: 1 })).toBe('OK');
}, 120_000);
afterAll(() => world.dispose());

describe.skipIf(why !== undefined)('a folder', () => {
  it('goes in with its files, owners and permissions; what is there keeps its own', async () => {
    mkdirSync(join(here, 'site/sub/empty'), { recursive: true });
    writeFileSync(join(here, 'site/index with blanks'), 'hello');
    writeFileSync(join(here, 'site/sub/run'), '#!/bin/sh\necho ran\n');
    chmodSync(join(here, 'site/sub/run'), 0o755);
    symlinkSync('/etc/shadow', join(here, 'site/link'));
    await world.sh(vmid, 'echo web:x:33:33::/:/bin/false >>/etc/passwd; chmod 711 /srv');
    const pushed = await croft('ct', 'push', ct, './site', '/srv/www/', '--user', 'web', '--group', '33');
    expect(pushed).toMatchObject({ code: 0, stdout: '2 files in 3 folders, 24 B\n' });
    expect(pushed.stderr).toContain('left out: link');
    expect(
      (await world.sh(vmid, 'cd /srv; stat -c "%n %a %u:%g" . www/site $(find www/site/sub | sort)')).split(
        '\n',
      ),
    ).toEqual([
      ...['. 711 0:0', 'www/site 755 33:33', 'www/site/sub 755 33:33'],
      ...['www/site/sub/empty 755 33:33', 'www/site/sub/run 755 33:33'],
    ]);
    expect(await world.sh(vmid, 'cat "/srv/www/site/index with blanks"; /srv/www/site/sub/run')).toBe(
      'helloran',
    );
    // Again, with other permissions: files are replaced, folders stay as they are.
    const again = await croft('ct', 'push', ct, './site', '/srv/www/site', '--perms', '0600');
    expect(again.code).toBe(0);
    expect(await world.sh(vmid, 'cd /srv/www; stat -c "%a %u" site site/sub/run | xargs')).toBe(
      '755 33 600 0',
    );
  });

  it('comes out as it went in', async () => {
    const pulled = await croft('ct', 'pull', ct, '/srv/www/site', 'back');
    expect(pulled).toMatchObject({ code: 0, stdout: '2 files in 2 folders, 24 B\n', stderr: '' });
    expect(readdirSync(join(here, 'back'), { recursive: true }).sort()).toEqual([
      ...['index with blanks', 'sub', 'sub/empty', 'sub/run'],
    ]);
    expect(readFileSync(join(here, 'back/index with blanks'), 'utf8')).toBe('hello');
  });

  it('of a container that means harm leaves everything outside alone', async () => {
    const victim = join(here, 'victim');
    writeFileSync(victim, 'of the host');
    await world.sh(
      vmid,
      `mkdir -p /evil/sub; cd /evil; echo fine >file; ln -s ${victim} link; ln -s ${here} out; mkfifo fifo;
       printf x >"$(printf 'new\\nline')"; printf x >"$(printf 'no\\377text')"; chmod 6755 file`,
    );
    const pulled = await croft('ct', 'pull', ct, '/evil', 'evil');
    expect(pulled.code).toBe(0);
    expect(readdirSync(join(here, 'evil')).filter((name) => !name.includes('\n'))).toEqual(['file', 'sub']);
    expect(statSync(join(here, 'evil/file')).mode & 0o7777).toBe(0o755);
    for (const name of ['link', 'out', 'fifo']) expect(pulled.stderr).toContain(`left out: ${name},`);

    // A find that lies: names above the folder, absolute ones, and without end.
    const lie = (script: string) =>
      world.sh(
        vmid,
        `rm -f /bin/find; printf '#!/bin/sh\\n%s\\n' '${script}' >/bin/find; chmod 755 /bin/find`,
      );
    await lie(`printf "/evil/.\\0/evil/./../../${victim.split('/').pop()}\\0"`);
    const climbed = await croft('ct', 'pull', ct, '/evil', 'climbed');
    expect(climbed).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was written') });
    await lie(
      'while :; do printf "/evil/./aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\0"; done | head -c 3000000',
    );
    const endless = await croft('ct', 'pull', ct, '/evil', 'climbed');
    expect(endless).toMatchObject({ code: 1, stderr: expect.stringContaining('too many files') });
    expect([readFileSync(victim, 'utf8'), existsSync(join(here, 'climbed'))]).toEqual(['of the host', false]);

    // A file that has no end as far as anybody will wait.
    await world.sh(
      vmid,
      'rm -f /bin/find; ln -s busybox /bin/find; dd of=/evil/sub/huge bs=1M seek=1000000 count=0 </dev/null',
    );
    const grown = await croft('ct', 'pull', ct, '/evil/sub', 'grown', '--limit', '1M');
    expect(grown).toMatchObject({ code: 1, stderr: expect.stringContaining('--limit') });
    expect(readdirSync(join(here, 'grown'))).toEqual([]);
    rmSync(join(here, 'grown'), { recursive: true });
  });
});
