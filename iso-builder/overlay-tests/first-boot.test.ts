// first-boot: keys and names that only this machine has, made once. destroy-guests: what a reset with everything removes.
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BootWorld } from './boot-scripts-fixture.ts';

let world: BootWorld;
beforeEach(() => {
  world = new BootWorld('dash');
});
afterEach(() => world.dispose());

describe('first-boot', () => {
  const keys = 'var/lib/croft-host/ssh';
  const first = () => world.run('first-boot', world.root);
  beforeEach(() => {
    world.program(
      'ssh-keygen',
      `
while [ $# -gt 0 ]; do case $1 in -t) type=$2 ;; -f) file=$2 ;; -y) public=1 ;; esac; shift; done
if [ -n "\${public:-}" ]; then echo "public of $(cat "$file")"; exit; fi
echo "$type $$" > "$file"; echo "public of $(cat "$file")" > "$file.pub"`,
    );
    world.program('iscsi-iname', 'echo iqn.1993-08.org.debian:01:made');
    world.image({ 'etc/iscsi/initiatorname.iscsi': 'InitiatorName=iqn.1993-08.org.debian:01:image\n' });
  });

  test('makes keys and a name of its own, once', () => {
    expect(first()).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(world.path(keys)).sort()).toEqual([
      'ssh_host_ecdsa_key',
      'ssh_host_ecdsa_key.pub',
      'ssh_host_ed25519_key',
      'ssh_host_ed25519_key.pub',
    ]);
    expect(world.mode(`${keys}/ssh_host_ecdsa_key`)).toBe(0o600);
    expect(world.mode(`${keys}/ssh_host_ecdsa_key.pub`)).toBe(0o644);
    expect(world.read('etc/iscsi/initiatorname.iscsi')).toContain(
      'InitiatorName=iqn.1993-08.org.debian:01:made\n',
    );
    const before = world.tree('var/lib/croft-host');
    world.program('iscsi-iname', 'echo iqn.1993-08.org.debian:01:other');
    expect(first().status).toBe(0);
    expect(world.tree('var/lib/croft-host')).toEqual(before);
    expect(world.read('etc/iscsi/initiatorname.iscsi')).toContain(':made\n');
  });

  test('a key that a power cut left empty or without its public half is made whole', () => {
    world.write(`${keys}/ssh_host_ecdsa_key`, '');
    world.write(`${keys}/ssh_host_ed25519_key`, 'kept', 0o600);
    expect(first().status).toBe(0);
    expect(world.read(`${keys}/ssh_host_ecdsa_key`)).toContain('ecdsa');
    expect(world.read(`${keys}/ssh_host_ed25519_key`)).toBe('kept');
    expect(world.read(`${keys}/ssh_host_ed25519_key.pub`)).toContain('public of kept');
  });

  test('without open-iscsi’s program the name is made all the same; GenerateName is none', () => {
    world.program('iscsi-iname', 'exit 1');
    world.write('etc/iscsi/initiatorname.iscsi', 'GenerateName=yes\n');
    expect(first().status).toBe(0);
    expect(world.read('etc/iscsi/initiatorname.iscsi')).toMatch(
      /^InitiatorName=iqn\.1993-08\.org\.debian:01:[0-9a-f]{12}$/m,
    );
  });

  test('a key that cannot be made is a failure that the unit shows', () => {
    world.program('ssh-keygen', 'exit 1');
    expect(first()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the host key (ecdsa) cannot be made'),
    });
  });
});

describe('destroy-guests', () => {
  const destroy = () => world.run('destroy-guests', world.root);
  const done = () =>
    world.has('calls') ? world.read('calls').trim().replaceAll(world.root, '').split('\n') : [];
  beforeEach(() => {
    world.write('state/destroy-guests', '');
    world.write('../boot/destroy-guests', '');
    world.write('dev/croft/local', '');
    const calls = world.path('calls');
    world.program('vgs', 'echo croft');
    world.program('vgchange', 'exit 0');
    world.program(
      'lvs',
      `case "$*" in *croft/*) exit 5 ;; esac; printf '  data\\n  local\\n  vm-100-disk-0\\n  archive\\n'`,
    );
    world.program('blkid', 'case "$*" in *UUID*) echo 1234 ;; esac');
    world.program('lvremove', `echo "lvremove $*" >> ${calls}`);
    world.program('mkfs.ext4', `echo "mkfs.ext4 $*" >> ${calls}`);
  });

  test('all volumes go but the pool, the local one is emptied, and the marker goes last', () => {
    expect(destroy()).toMatchObject({ status: 0, stderr: '' });
    expect(done()).toEqual([
      'lvremove --quiet -f croft/vm-100-disk-0',
      'lvremove --quiet -f croft/archive',
      'mkfs.ext4 -q -F -U 1234 /dev/croft/local',
    ]);
    expect(world.has('state/destroy-guests')).toBe(false);
    expect(world.told('destroy-guests')).toBeUndefined();
  });

  test('a volume that stays is a failure, tried again at the next start', () => {
    world.program('lvremove', 'exit 5');
    world.program('lvs', `printf '  vm-100-disk-0\\n'`);
    expect(destroy().status).toBe(1);
    expect(world.has('state/destroy-guests')).toBe(true);
  });

  test('without the volume group nothing is touched', () => {
    world.program('vgs', 'exit 5');
    expect(destroy()).toMatchObject({ status: 1, stderr: expect.stringContaining('is not there') });
    expect(done()).toEqual([]);
  });

  test('without the marker of this boot nothing is touched', () => {
    world.program('vgs', 'echo croft');
    world.run('destroy-guests', world.root);
    const before = done();
    world.write('state/destroy-guests', '');
    expect(destroy().status).toBe(0);
    expect(done()).toEqual(before);
  });
});
