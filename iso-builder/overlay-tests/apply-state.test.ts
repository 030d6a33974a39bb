// apply-state: what is put into the root at the start, what is refused, and what a reset leaves.
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BootWorld, shells } from './boot-scripts-fixture.ts';

describe.each(shells)('apply-state under %s', (shell) => {
  let world: BootWorld;
  beforeEach(() => {
    world = new BootWorld(shell);
  });
  afterEach(() => world.dispose());

  const apply = (...more: string[]) => {
    const outcome = world.run('apply-state', world.root, ...more);
    expect(outcome.status, outcome.stderr).toBe(0);
    return outcome;
  };

  test('an empty state gets its version, and folders like the image has them', () => {
    expect(apply().stderr).toBe('');
    expect(world.read('state/schema')).toBe('1\n');
    expect(world.mode('state/dirs/var/lib/croft')).toBe(0o711);
    expect(world.mode('state/dirs/var/lib/croft-host')).toBe(0o700);
    expect(world.mode('state/dirs/var/lib/libvirt/qemu')).toBe(0o750);
    expect(world.mounts()).toContain('-o bind /state/dirs/var/log /var/log');
    expect(world.told('state-problem')).toBeUndefined();
    expect(world.told('state-notes')).toBeUndefined();
  });

  test('a folder that the image lacks is left out, unless the list gives its mode', () => {
    apply();
    expect(world.has('state/dirs/etc/corosync')).toBe(false);
    expect(world.mode('etc/croft')).toBe(0o755);
    expect(world.mounts()).toContain('-o bind /state/dirs/etc/croft /etc/croft');
  });

  test('a newer image adds its folders and no files; what is there stays', () => {
    apply();
    world.write('state/dirs/var/log/croft.log', 'kept');
    world.write('var/log/corosync/image.log', 'of the image');
    apply();
    expect(world.has('state/dirs/var/log/corosync')).toBe(true);
    expect(world.has('state/dirs/var/log/corosync/image.log')).toBe(false);
    expect(world.read('state/dirs/var/log/croft.log')).toBe('kept');
  });

  test('files replace the image’s, links stay links', () => {
    world.write('state/files/etc/hostname', 'tower\n', 0o644);
    world.link('state/files/etc/localtime', '/usr/share/zoneinfo/Europe/Rome');
    world.write('etc/localtime', 'UTC');
    world.link('etc/hosts', '/nowhere/else');
    world.write('state/files/etc/hosts', '192.0.2.1 tower\n');
    apply();
    expect(world.read('etc/hostname')).toBe('tower\n');
    expect(readlinkSync(world.path('etc/localtime'))).toBe('/usr/share/zoneinfo/Europe/Rome');
    expect(world.read('etc/hosts')).toBe('192.0.2.1 tower\n');
  });

  test('no link leads out of the root', () => {
    const outside = join(world.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'keyboard'), 'outside');
    world.link('state/files/etc/default', outside);
    world.link('state/dirs/etc/croft', outside);
    world.link('var/lib/libvirt', outside);
    apply();
    expect(world.has('etc/default/keyboard')).toBe(false);
    expect(world.mounts().filter((line) => /croft$|libvirt/.test(line))).toEqual([
      '-o bind /state/dirs/var/lib/croft /var/lib/croft',
    ]);
    expect(world.told('state-notes')).toContain('/etc/croft is a link in the state');
    expect(world.told('state-notes')).toContain('/var/lib/libvirt is a link in this image');
  });

  test('people and root’s password are merged, the image’s users win', () => {
    world.write(
      'state/accounts/passwd',
      [
        'anna:x:1000:1000:Anna:/home/anna:/bin/bash',
        'tss:x:1001:1001::/home/tss:/bin/sh',
        'evil:x:0:0::/root:/bin/sh',
        'twin:x:1000:1000::/home/twin:/bin/sh',
        'broken line',
      ].join('\n'),
    );
    world.write(
      'state/accounts/shadow',
      'root:$y$hash:20500:1:2:3:4:5:\nanna:$y$anna:20500:0:99999:7:::\nevil::1::::::\n',
    );
    world.write('state/accounts/group', 'anna:x:1000:\nsudo:x:27:anna,ghost\nwheel:x:0:anna\n');
    const before = world.mode('etc/shadow');
    apply();
    const lines = world.read('etc/passwd').trim().split('\n');
    expect(lines.map((line) => line.split(':')[0])).toEqual(['root', 'daemon', 'tss', 'nobody', 'anna']);
    expect(world.read('etc/shadow')).toContain('root:$y$hash:20500:0:99999:7:::\n');
    expect(world.read('etc/shadow')).toContain('anna:$y$anna:');
    expect(world.read('etc/shadow')).not.toContain('evil');
    expect(world.mode('etc/shadow')).toBe(before);
    expect(world.read('etc/group')).toContain('sudo:x:27:anna\n');
    expect(world.read('etc/group')).toContain('anna:x:1000:\n');
    expect(world.read('etc/group')).not.toContain('wheel');
    expect(world.read('etc/gshadow')).toContain('anna:!::\n');
    expect(world.told('state-notes')).toContain('passwd of tss: the image has a user of this name');
    expect(world.told('state-notes')).toContain(
      'passwd of twin: the image has user anna with the number 1000',
    );
  });

  test('accounts that say nothing leave the image’s as they are', () => {
    for (const name of ['passwd', 'shadow', 'group']) world.write(`state/accounts/${name}`, '\0\0\0\0');
    const before = ['etc/passwd', 'etc/shadow', 'etc/group'].map((path) => world.read(path));
    apply();
    expect(['etc/passwd', 'etc/shadow', 'etc/group'].map((path) => world.read(path))).toEqual(before);
  });

  describe('a state that may not be written', () => {
    beforeEach(() => {
      world.write('state/schema', '2\n');
      world.write('state/files/etc/hostname', 'tower\n');
      world.write('state/accounts/shadow', 'root:$y$hash:20500::::::\n');
      world.write('state/dirs/root/.ssh/authorized_keys', 'ssh-ed25519 AAAA\n');
      world.write('state/dirs/var/lib/croft/croft.db', 'newer');
    });

    test('newer: it says so, nothing is bound or written, and one can log in', () => {
      const before = world.tree('state');
      apply();
      expect(world.told('state-problem')?.split('\n')[0]).toBe(
        'The state was written by a newer version of Croft (state 2; this version knows 1): start the newer version, or update.',
      );
      expect(world.mounts()).toEqual(['-o remount,ro /state']);
      expect(world.tree('state')).toEqual(before);
      expect(world.read('etc/hostname')).toBe('tower\n');
      expect(world.read('etc/shadow')).toContain('root:$y$hash:');
      expect(world.read('root/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA\n');
      expect(world.has('var/lib/croft/croft.db')).toBe(false);
    });

    test('broken: the reason is told', () => {
      apply('broken', 'the state partition is not there');
      expect(world.told('state-problem')).toMatch(
        /^The state cannot be used: the state partition is not there\.\n/,
      );
      expect(world.mounts()).toEqual(['-o remount,ro /state']);
    });

    test('a version that is no number', () => {
      world.write('state/schema', 'two\n');
      apply();
      expect(world.told('state-problem')).toContain("its version 'two' is not a number");
    });

    test('an image that does not know its own', () => {
      world.write('usr/lib/croft/image.json', '{}');
      apply();
      expect(world.told('state-problem')).toContain('does not say which state it understands');
    });
  });

  test('without any state partition it comes up from the image', () => {
    const broken = world.run('apply-state', world.root, 'broken', 'it is not there');
    expect(broken.status).toBe(0);
    expect(world.read('etc/hosts')).toBe('127.0.0.1 localhost\n');
  });

  describe('reset', () => {
    beforeEach(() => {
      apply();
      world.write('state/install.json', '{}');
      world.write('state/files/etc/hostname', 'tower\n');
      world.write('state/files/etc/network/interfaces', 'iface eth0\n');
      world.write('state/files/etc/adjtime', '0');
      world.write('state/dirs/etc/network/interfaces.d/a', 'x');
      world.write('state/dirs/var/lib/croft/croft.db', 'guests');
      world.write('state/dirs/var/lib/croft/.hidden', 'x');
      world.write('state/dirs/var/lib/croft-host/ssh/ssh_host_ecdsa_key', 'key');
      world.write('state/dirs/root/.ssh/authorized_keys', 'ssh-ed25519 AAAA\n');
      world.write('state/dirs/root/.ssh/id_rsa', 'secret');
      world.write('state/dirs/root/notes', 'x');
      world.write('state/dirs/var/log/croft.log', 'x');
      world.write('state/update/pending.json', '{}');
      world.write('state/accounts/passwd', 'anna:x:1000:1000::/home/anna:/bin/sh\n');
      world.write('state/accounts/shadow', 'root:$y$hash:1::::::\nanna:$y$anna:1::::::\n');
      mkdirSync(world.path('state/lost+found'));
      world.link('state/dirs/escape', world.path('etc'));
    });

    const keptFiles = [
      'state/accounts/shadow',
      'state/dirs/etc/network/interfaces.d/a',
      'state/dirs/root/.ssh/authorized_keys',
      'state/dirs/var/lib/croft-host/ssh/ssh_host_ecdsa_key',
      'state/files/etc/hostname',
      'state/files/etc/network/interfaces',
      'state/install.json',
      'state/schema',
    ];
    const files = () => Object.keys(world.tree('state')).filter((path) => !path.endsWith('/'));
    const withoutIds = () => files().filter((path) => path !== 'state/accounts/image-ids');

    test('settings: all goes but how the machine is reached and root logs in', () => {
      world.write('state/reset', 'settings\n');
      apply();
      expect(withoutIds()).toEqual(keptFiles);
      expect(world.read('state/accounts/shadow')).toBe('root:$y$hash:1::::::\n');
      expect(world.has('state/lost+found')).toBe(true);
      expect(world.has('etc/passwd')).toBe(true);
      expect(world.read('etc/hostname')).toBe('tower\n');
      expect(world.told('destroy-guests')).toBeUndefined();
      expect(world.mounts()).toContain('-o bind /state/dirs/var/lib/croft /var/lib/croft');
    });

    test('everything: guests’ disks are to go too, until that is done', () => {
      world.write('state/reset', 'everything');
      apply();
      expect(world.told('destroy-guests')).toBe('');
      expect(withoutIds()).toEqual([...keptFiles, 'state/destroy-guests'].sort());
    });

    // BusyBox's own `rm` cannot be replaced by one that is cut off.
    const cutOff = () => {
      world.write('state/reset', 'everything');
      world.program('rm', 'case "$*" in *update*) kill -KILL $PPID ;; esac\nexec /bin/rm "$@"');
      expect(world.run('apply-state', world.root).status).not.toBe(0);
      expect(world.has('state/reset')).toBe(true);
      world.program('rm', 'exec /bin/rm "$@"');
      apply();
      expect(withoutIds()).toEqual([...keptFiles, 'state/destroy-guests'].sort());
    };
    if (shell === 'dash') test('cut off in the middle it is finished at the next start', cutOff);

    test('it also ends a state that is too new', () => {
      world.write('state/schema', '9');
      world.write('state/reset', 'settings');
      apply();
      expect(world.read('state/schema')).toBe('1\n');
      expect(world.told('state-problem')).toBeUndefined();
    });

    test('a marker that says something else destroys nothing', () => {
      const before = files();
      world.write('state/reset', 'perhaps');
      apply();
      expect(files().filter((path) => path !== 'state/reset.ignored')).toEqual(before);
      expect(world.told('state-notes')).toContain('neither settings nor everything');
    });
  });
});
