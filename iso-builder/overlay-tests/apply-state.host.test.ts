// apply-state with real binding, real owners and a real read-only state, as root in a mount namespace of its own.
import { execFileSync } from 'node:child_process';
import { chownSync, lchownSync, lstatSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BootWorld } from './boot-scripts-fixture.ts';

let world: BootWorld;
beforeEach(() => {
  world = new BootWorld('busybox');
});
afterEach(() => world.dispose());

/** Runs lines of shell in a new mount namespace in which the state is a file system of its own. `$apply` applies it. */
function inNamespace(lines: string): string {
  const script = `set -eu
mount -t tmpfs -o size=1m,nr_inodes=200,mode=0755 none "$root/state"
cp -a "$root/state.of-test/." "$root/state/"
${lines}`;
  return execFileSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
    env: {
      PATH: process.env['PATH'],
      root: world.root,
      CROFT_BOOT: world.boot,
      apply: `busybox sh ${world.path('usr/lib/croft/boot/apply-state')} ${world.root}`,
    },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('apply-state for real', () => {
  beforeEach(() => world.write('state.of-test/schema', '1\n'));

  test('what is written to a bound folder is in the state', () => {
    world.write('state.of-test/dirs/root/.ssh/authorized_keys', 'key\n', 0o600);
    world.write('state.of-test/accounts/shadow', 'root:$y$hash:1::::::\n', 0o600);
    const out = inNamespace(`$apply
echo new > "$root/var/lib/croft/croft.db"
cat "$root/state/dirs/var/lib/croft/croft.db" "$root/root/.ssh/authorized_keys"
stat -c %a "$root/etc/shadow" "$root/var/lib/croft"`);
    expect(out).toBe('new\nkey\n640\n711\n');
    expect(world.told('state-notes')).toBeUndefined();
  });

  test('a newer state is read-only afterwards', () => {
    world.write('state.of-test/schema', '2\n');
    world.write('state.of-test/dirs/root/.ssh/authorized_keys', 'key\n', 0o600);
    execFileSync('chmod', ['700', world.path('state.of-test/dirs/root/.ssh')]);
    const out = inNamespace(`$apply
touch "$root/state/x" 2>/dev/null || echo read-only
echo y > "$root/root/.ssh/more"
stat -c %a "$root/root/.ssh"`);
    expect(out).toBe('read-only\n700\n');
    expect(world.told('state-problem')).toContain('newer version');
  });

  test('a full state partition still starts, and says what is not kept', () => {
    const out = inNamespace(`i=0
while touch "$root/state/fill$i" 2>/dev/null; do i=$((i + 1)); done
$apply 2>/dev/null
echo started`);
    expect(out).toBe('started\n');
    expect(world.told('state-notes')).toContain(
      '/var/log cannot be made in the state: what is written there is lost',
    );
  });

  test('files follow their users when an image numbers them differently, swapped numbers too', () => {
    const etc = (tss: number, swtpm: number) => {
      world.write(
        'etc/passwd',
        `root:x:0:0::/root:/bin/sh\ntss:x:${tss}:${tss}::/:/bin/false\nswtpm:x:${swtpm}:${swtpm}::/:/bin/false\n`,
      );
      world.write('etc/group', `root:x:0:\ntss:x:${tss}:\nswtpm:x:${swtpm}:\n`);
    };
    world.write('state/dirs/var/lib/libvirt/a', 'of tss');
    world.write('state/dirs/var/lib/libvirt/b', 'of swtpm');
    world.link('state/dirs/var/lib/libvirt/c', '/etc/passwd');
    chownSync(world.path('state/dirs/var/lib/libvirt/a'), 101, 101);
    chownSync(world.path('state/dirs/var/lib/libvirt/b'), 102, 102);
    lchownSync(world.path('state/dirs/var/lib/libvirt/c'), 101, 0);
    const owners = () =>
      ['a', 'b', 'c'].map((name) => {
        const { uid, gid } = lstatSync(world.path(`state/dirs/var/lib/libvirt/${name}`));
        return `${uid}:${gid}`;
      });
    const reown = () => expect(world.run('reown-state', world.root)).toMatchObject({ status: 0, stderr: '' });
    etc(101, 102);
    reown();
    expect(owners()).toEqual(['101:101', '102:102', '101:0']);
    etc(102, 101);
    reown();
    expect(owners()).toEqual(['102:102', '101:101', '102:0']);
    reown();
    expect(owners()).toEqual(['102:102', '101:101', '102:0']);
    // The update fell back.
    etc(101, 102);
    reown();
    expect(owners()).toEqual(['101:101', '102:102', '101:0']);
  });
});
