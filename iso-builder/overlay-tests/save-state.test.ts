// save-state: what changed goes to the state, whole, and nothing else does; and back again by apply-state.
import { readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BootWorld, shells } from './boot-scripts-fixture.ts';

describe.each(shells)('save-state under %s', (shell) => {
  let world: BootWorld;
  beforeEach(() => {
    world = new BootWorld(shell);
    world.write('state/schema', '1\n');
  });
  afterEach(() => world.dispose());

  const save = () => {
    const outcome = world.run('save-state', world.root);
    expect(outcome.stderr).toBe('');
    expect(outcome.status).toBe(0);
  };
  const anna = () => {
    world.write('etc/passwd', `${world.read('etc/passwd')}anna:x:1000:1000:Anna:/home/anna:/bin/bash\n`);
    world.write('etc/shadow', `${world.read('etc/shadow')}anna:$y$anna:20500:0:99999:7:::\n`, 0o640);
    world.write('etc/group', world.read('etc/group').replace('sudo:x:27:', 'sudo:x:27:anna'));
    world.write('etc/group', `${world.read('etc/group')}anna:x:1000:\n`);
  };

  test('what is as in the image is not kept; what differs is, with its mode', () => {
    world.write('etc/hostname', 'tower\n', 0o640);
    world.link('etc/localtime', '/usr/share/zoneinfo/Europe/Athens');
    save();
    expect(Object.keys(world.tree('state/files')).filter((path) => !path.endsWith('/'))).toEqual([
      'state/files/etc/hostname',
      'state/files/etc/localtime',
    ]);
    expect(world.mode('state/files/etc/hostname')).toBe(0o640);
    expect(readlinkSync(world.path('state/files/etc/localtime'))).toBe('/usr/share/zoneinfo/Europe/Athens');
  });

  test('what was kept follows, also back to what the image has, and goes when it is removed', () => {
    world.write('etc/hosts', '192.0.2.1 tower\n');
    save();
    world.image({ 'etc/hosts': '127.0.0.1 localhost\n' });
    save();
    expect(world.read('state/files/etc/hosts')).toBe('127.0.0.1 localhost\n');
    rmSync(world.path('etc/hosts'));
    save();
    expect(world.has('state/files/etc/hosts')).toBe(false);
  });

  test('saved twice, nothing is written the second time', () => {
    anna();
    world.write('etc/hostname', 'tower\n');
    save();
    const facts = () =>
      Object.keys(world.tree('state')).map((path) => [
        path,
        statSync(world.path(path)).ino,
        statSync(world.path(path)).mtimeMs,
      ]);
    const before = facts();
    save();
    expect(facts()).toEqual(before);
  });

  test('people and root’s password come back after a restart', () => {
    anna();
    world.write('etc/shadow', world.read('etc/shadow').replace('root:*:', 'root:$y$new:'), 0o640);
    save();
    for (const name of ['passwd', 'shadow', 'group'])
      expect(world.mode(`state/accounts/${name}`)).toBe(0o600);
    expect(
      world
        .read('state/accounts/shadow')
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['root', 'anna']);
    expect(world.read('state/accounts/group')).toBe('sudo:x:27:anna\nanna:x:1000:\n');

    const next = new BootWorld(shell);
    for (const name of ['passwd', 'shadow', 'group'])
      next.write(`state/accounts/${name}`, world.read(`state/accounts/${name}`));
    expect(next.run('apply-state', next.root).status).toBe(0);
    for (const name of ['passwd', 'group']) expect(next.read(`etc/${name}`)).toBe(world.read(`etc/${name}`));
    expect(next.read('etc/shadow')).toBe(world.read('etc/shadow'));
    next.dispose();
  });

  test('a passwd that is half written forgets nobody', () => {
    anna();
    save();
    world.write('etc/passwd', 'anna');
    const outcome = world.run('save-state', world.root);
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain('/etc/passwd has no root');
    expect(world.read('state/accounts/passwd')).toContain('anna:x:1000');
  });

  test.each(['live', 'a state that must not be written', 'a reset that waits'])(
    'nothing is saved: %s',
    (why) => {
      world.write('etc/hostname', 'tower\n');
      if (why === 'live') rmSync(world.path('state/schema'));
      else if (why.startsWith('a reset')) world.write('state/reset', 'settings');
      else world.write(join('..', 'boot/state-problem'), 'newer');
      save();
      expect(world.has('state/files')).toBe(false);
      expect(world.has('state/accounts')).toBe(false);
    },
  );
});
