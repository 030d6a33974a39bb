// What a container's backup becomes: what is taken over, what only some may take over, what is left out and said.
import { describe, expect, test } from 'vitest';
import { gibibyte } from '../../core/units.ts';
import { readCtBackupConf } from './ct-backup-conf.ts';
import { type CtRestoreChoices, planCtRestore } from './plan-ct-restore.ts';
import { describedTree } from './restore-fixture.ts';

const generate = { mac: () => 'BC:24:11:00:00:02' };
const root = 'rootfs: local:100/subvol-100-disk-0.subvol,size=2G';

function plan(text: string, more: Partial<CtRestoreChoices> = {}) {
  return planCtRestore(readCtBackupConf(text), {
    ...{ vmid: 200, override: {}, unique: false, current: {}, mayReachHost: false, generate },
    scripts: new Set(['local:snippets/a.sh']),
    bindComplaint: (folder) => (folder.startsWith('/srv/shared') ? undefined : 'may not be handed in'),
    storageFor: (before) => (before === 'other' ? 'other' : 'local'),
    makesTrees: (storage) => storage === 'local',
    ...more,
  });
}
const usual = describedTree().texts[0]!.text;
const keysOf = (notes: readonly string[]) => notes.map((note) => note.split(':')[0]);

test('a backup becomes a configuration, volumes to fill, and words on what is missing', () => {
  const { change, held, notes } = plan(usual);
  expect(change.config).toMatchObject({
    ...{ hostname: 'kept', description: 'a note', memory: 256, swap: 0, unprivileged: 1 },
    features: 'nesting=1',
    net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth',
  });
  expect(change.allocations.map(({ key, storage, sizeBytes }) => [key, storage, sizeBytes])).toEqual([
    ['rootfs', 'local', 2 * gibibyte],
    ['mp0', 'other', gibibyte],
    ['mp1', 'other', gibibyte],
  ]);
  expect(held).toEqual(['/', '/srv']);
  expect(keysOf(notes)).toEqual(['features', 'mp1', 'lxc.mount.entry', 'snapshots']);
});

test('unique gives new addresses', () => {
  expect(plan(usual, { unique: true }).change.config['net0']).toContain(`hwaddr=${generate.mac()}`);
});

test('what the request says is in place of what the backup says', () => {
  const override = { hostname: 'new', unprivileged: false, memory: 64, features: 'nesting=0' };
  const { config } = plan(usual, { override }).change;
  expect(config).toMatchObject({ hostname: 'new', unprivileged: 0, memory: 64 });
});

describe('mounts that are given anew', () => {
  test('are all that there are', () => {
    const { change, held, notes } = plan(usual, { override: { rootfs: '8', mp3: 'other:1,mp=/srv' } });
    expect(change.allocations.map(({ key, storage, sizeBytes }) => [key, storage, sizeBytes])).toEqual([
      ['rootfs', 'local', 8 * gibibyte],
      ['mp3', 'other', gibibyte],
    ]);
    expect(held).toEqual(['/', '/srv']);
    expect(keysOf(notes)).toContain('mp0');
  });

  test('leave the root as large as it was', () => {
    const [first] = plan(usual, { override: { mp0: 'other:1,mp=/x' } }).change.allocations;
    expect(first).toMatchObject({ sizeBytes: 2 * gibibyte });
  });

  test('are new ones', () => {
    expect(() => plan(usual, { override: { mp0: 'local:200/subvol-200-disk-1.subvol,mp=/x' } })).toThrow(
      expect.objectContaining({ fields: { mp0: expect.stringContaining('new volumes') } }),
    );
  });
});

describe('what reaches into the host', () => {
  const lines = [
    ['hookscript', 'local:snippets/a.sh'],
    ['dev0', '/dev/net/tun,mode=0666'],
    ['features', 'fuse=1,mount=nfs'],
    ['mp0', '/srv/shared/a,mp=/a'],
    ['mp0', '/dev/sdx1,mp=/a'],
  ] as const;

  test.each(lines)('%s %s is left out, and said', (key, value) => {
    const { change, notes } = plan(`${root}\n${key}: ${value}`);
    expect(change.config).not.toHaveProperty(key);
    expect(keysOf(notes)).toEqual([key]);
  });

  test.each(lines)('%s %s is kept for whoever may, and said', (key, value) => {
    const { change, notes } = plan(`${root}\n${key}: ${value}`, { mayReachHost: true });
    expect(change.config[key]).toBe(value);
    expect(notes).toEqual([expect.stringMatching(new RegExp(`^${key}: reaches into the host, and is kept`))]);
  });

  test.each(lines)('%s %s stays where the container has it', (key, value) => {
    expect(plan(`${root}\n${key}: ${value}`, { current: { [key]: value } }).change.config[key]).toBe(value);
  });

  test.each([
    ['a script that is not there', 'hookscript: local:snippets/b.sh', 'hookscript'],
    ['a folder that nobody may hand in', 'mp0: /etc,mp=/a', 'mp0'],
    ['nesting of a privileged one', 'features: nesting=1', 'features'],
  ])('%s is left out', (_what, line, key) => {
    const mayReachHost = !line.startsWith('features');
    const { change, notes } = plan(`${root}\n${line}`, { mayReachHost });
    expect(change.config).not.toHaveProperty(key);
    expect(keysOf(notes)).toEqual([key]);
  });
});

describe("a stranger's text", () => {
  test.each([
    ['no option of ours', 'evil: 1', 'evil'],
    ['a value that is not allowed', 'memory: lots', 'memory'],
    ['a name that no host has', 'hostname: localhost', 'hostname'],
    ['a place over the kernel', 'mp0: local:1/x,mp=/proc/1,size=1G,backup=1', 'mp0'],
    ['what this version cannot do', 'features: mknod=1', 'features'],
    ['words for terminals', 'tags: \u001b[2J', 'tags'],
  ])('%s is left out, and said', (_what, line, key) => {
    const { change, notes } = plan(`${root}\nunprivileged: 1\n${line}`, { mayReachHost: true });
    expect(change.config['memory']).toBeUndefined();
    expect(change.allocations.map(({ key: made }) => made)).toEqual(['rootfs']);
    expect(keysOf(notes)).toContain(key);
    expect(notes.join('')).not.toMatch(/\p{C}/u);
  });

  test('of options that a volume cannot have keeps the volume', () => {
    const { change, notes } = plan(`${root},quota=1\nmp0: other:x/y,mp=/srv,quota=1,backup=1,size=1G`);
    expect(change.allocations.map(({ key, mount }) => [key, mount.target, mount.quota])).toEqual([
      ['rootfs', '/', false],
      ['mp0', '/srv', false],
    ]);
    expect(keysOf(notes)).toEqual(expect.arrayContaining(['rootfs', 'mp0']));
  });

  test.each([
    ['without a root', 'memory: 64', 'rootfs'],
    ['whose root is a folder of the host', 'rootfs: /', 'rootfs'],
    ['whose root cannot be read', 'rootfs: local:x,nonsense', 'rootfs'],
    ['with a size that nothing has', `${root}\nmp0: local:a/b,mp=/a,size=2000T`, 'mp0'],
    ['without a size, for a storage of images', `${root}\nmp0: other:a/b,mp=/a`, 'mp0'],
  ])('%s is refused, naming what to give', (_what, text, key) => {
    expect(() => plan(text)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });

  test.each([
    ['that is no configuration', 'hello'],
    ['that is endless', `description: ${'x'.repeat(300_000)}`],
  ])('%s is refused', (_what, text) => {
    expect(() => readCtBackupConf(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });

  test('without a size becomes a tree without one', () => {
    const [first] = plan('rootfs: local:100/subvol-100-disk-0.subvol').change.allocations;
    expect(first).toMatchObject({ sizeBytes: 0 });
  });
});
