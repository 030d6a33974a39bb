// Templates for the tests of containers: a tiny busybox system that calls itself Alpine, kept; and archives that mean harm.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const cache = '/var/cache/croft-tests';
const busybox = '/usr/bin/busybox';

/** Inits, and what they need to bring up the cards that the set-up writes into interfaces(5). */
const files: Readonly<Record<string, string>> = {
  'etc/os-release': 'ID=alpine\nVERSION_ID=3.0.0\nPRETTY_NAME="busybox for tests"\n',
  'etc/inittab': '::sysinit:/etc/init.d/rcS\n::ctrlaltdel:/sbin/reboot\n',
  // Nothing of a former life is in /run, as everywhere: ifup would take its cards for set up.
  'etc/init.d/rcS':
    '#!/bin/sh\nrm -rf /run/* /var/run/*\nhostname -F /etc/hostname\nifup -a\n[ -x /etc/boot ] && /etc/boot\ntrue\n',
  'etc/udhcpc/default.script': `#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr replace "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route replace default via "$router" dev "$interface"
: >/etc/resolv.conf
[ -z "$domain" ] || echo "search $domain" >>/etc/resolv.conf
for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
`,
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  'etc/group': 'root:x:0:\n',
  'etc/shadow': 'root:*:19000:0:99999:7:::\n',
  'etc/fstab': '',
};
const programs = ['etc/init.d/rcS', 'etc/udhcpc/default.script'];
const folders = [
  'bin',
  'sbin',
  'dev',
  'proc',
  'sys',
  'tmp',
  'root',
  'mnt',
  'srv',
  'run',
  'var',
  'etc/network',
];

/** Path of the archive, 1 MB. */
export function busyboxTemplate(): string {
  const recipe = createHash('sha256')
    .update(JSON.stringify({ files, programs, folders }))
    .update(readFileSync(busybox))
    .digest('hex')
    .slice(0, 16);
  const path = join(cache, `ct-busybox-${recipe}.tar.gz`);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'making-'));
  try {
    const root = join(work, 'root');
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(name)), { recursive: true });
      writeFileSync(join(root, name), text, { mode: programs.includes(name) ? 0o755 : 0o644 });
    }
    execFileSync('cp', [busybox, join(root, 'bin/busybox')]);
    execFileSync('chroot', [root, '/bin/busybox', '--install', '-s', '/bin']);
    for (const [link, target] of [
      ['sbin/init', '/bin/busybox'],
      ['sbin/getty', '/bin/busybox'],
      ['var/run', '/run'],
    ] as const)
      execFileSync('ln', ['-s', target, join(root, link)]);
    execFileSync('tar', [
      '-C',
      root,
      '--numeric-owner',
      '--owner=0',
      '--group=0',
      '-czf',
      `${work}/all`,
      '.',
    ]);
    renameSync(`${work}/all`, path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return path;
}
