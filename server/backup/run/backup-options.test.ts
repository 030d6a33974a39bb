// What a backup is to be like: whose word counts, what contradicts itself, and the node's own defaults.
import { describe, expect, it } from 'vitest';
import { type BackupWishes, resolveOptions } from './backup-options.ts';
import { selectGuests } from './guest-selection.ts';
import { readDefaults } from './vzdump-conf.ts';

const facts = (more: { defaults?: BackupWishes; keep?: string } = {}) => ({
  ...{ defaults: more.defaults ?? {}, cpus: 4 },
  keepOfStorage: () => more.keep,
});
const refusal = (fields: Record<string, unknown>) =>
  expect.objectContaining({ code: 'invalid-input', fields: expect.objectContaining(fields) });

describe('the options of a backup', () => {
  it('are the API defaults where nothing is said', () => {
    expect(resolveOptions({}, facts())).toEqual({
      ...{ mode: 'snapshot', compression: null, limitKib: 0, ioPriority: 7, stopWaitMinutes: 10 },
      ...{ storage: 'local', folder: null, notesTemplate: null, protect: false, keep: null, script: null },
      ...{ mailTo: [], mailWhen: 'always', notificationMode: 'auto', zstdThreads: 1, standardExcludes: true },
      ...{ excludePaths: [], scratchStorage: null, tmpdir: null, jobId: null },
    });
  });

  it.each<[string, BackupWishes, Parameters<typeof facts>[0], object]>([
    [
      'the request before the node',
      { mode: 'stop' },
      { defaults: { mode: 'suspend', bwlimit: 5 } },
      { mode: 'stop', limitKib: 5 },
    ],
    [
      'a storage before a folder of the node',
      { storage: 'nas' },
      { defaults: { dumpdir: '/old' } },
      { storage: 'nas', folder: null },
    ],
    ['a folder', { dumpdir: '/mnt/usb' }, {}, { storage: null, folder: '/mnt/usb' }],
    ['1 is lzo', { compress: '1' }, {}, { compression: 'lzo' }],
    ['gzip', { compress: 'gzip' }, {}, { compression: 'gz' }],
    ['half of the processors', { zstd: 0 }, {}, { zstdThreads: 2 }],
    ['not more than the worker takes', { zstd: 64 }, {}, { zstdThreads: 8 }],
    ['what the storage keeps', {}, { keep: 'keep-last=3' }, { keep: 'keep-last=3' }],
    [
      'the request before the storage',
      { 'prune-backups': 'keep-daily=7' },
      { keep: 'keep-last=3' },
      { keep: 'keep-daily=7' },
    ],
    [
      'the storage before the node',
      {},
      { keep: 'keep-last=3', defaults: { maxfiles: 9 } },
      { keep: 'keep-last=3' },
    ],
    ['the outdated maxfiles', { maxfiles: 2 }, {}, { keep: 'keep-last=2' }],
    [
      'nothing is removed when all is kept',
      { 'prune-backups': 'keep-all=1' },
      { keep: 'keep-last=3' },
      { keep: null },
    ],
    ['nor when that is switched off', { remove: false, 'prune-backups': 'keep-last=1' }, {}, { keep: null }],
    ['fleecing elsewhere', { fleecing: 'enabled=1,storage=fast' }, {}, { scratchStorage: 'fast' }],
    [
      'fleecing switched off is in its usual place',
      { fleecing: '0,storage=fast' },
      {},
      { scratchStorage: null },
    ],
  ])('%s', (_name, wishes, more, expected) => {
    expect(resolveOptions(wishes, facts(more))).toMatchObject(expected);
  });

  it.each<[BackupWishes, Record<string, unknown>]>([
    [{ storage: 'a', dumpdir: '/b' }, { storage: "option conflicts with option 'dumpdir'" }],
    [{ maxfiles: 1, 'prune-backups': 'keep-last=1' }, { maxfiles: expect.any(String) }],
    [{ dumpdir: 'relative' }, { dumpdir: expect.stringContaining('absolute') }],
    [{ dumpdir: '/a/../etc' }, { dumpdir: expect.stringContaining('..') }],
    [{ script: 'hook.sh' }, { script: expect.stringContaining('absolute') }],
    [{ dumpdir: '/a', protected: true }, { protected: expect.stringContaining('storage') }],
    [{ 'notes-template': '{{nobody}}' }, { 'notes-template': expect.stringContaining('unknown variable') }],
  ])('refuses %j', (wishes, fields) => {
    expect(() => resolveOptions(wishes, facts())).toThrow(refusal(fields));
  });
});

describe("a node's vzdump.conf", () => {
  it('is read, and what is wrong with it passed over', () => {
    const text = [
      ...['# defaults', '', 'mode: stop', 'bwlimit: 1000', 'exclude-path: "/with blank" /b', 'protected: 1'],
      ...['bwlimit: many', 'vmid: 100', 'nonsense', 'toString: 1', 'pbs-change-detection-mode: data'],
    ].join('\n');
    const { wishes, problems } = readDefaults(text);
    expect(wishes).toEqual({
      mode: 'stop',
      bwlimit: 1000,
      'exclude-path': ['/with blank', '/b'],
      protected: true,
    });
    expect(problems).toEqual([
      "vzdump.conf, line 7: bwlimit: type check ('integer') failed: 'many' is not a number",
      "vzdump.conf, line 8: 'vmid' is no option of backups here",
      'vzdump.conf, line 9: write key: value',
      'vzdump.conf, line 10: write key: value',
      "vzdump.conf, line 11: 'pbs-change-detection-mode' is no option of backups here",
    ]);
  });
});

describe('the guests that are meant', () => {
  const guests = [103, 100, 101, 102].map((vmid) => ({ vmid, node: vmid === 103 ? 'pve2' : 'pve1' }));
  const pools = [
    { id: 'office', vms: [101] },
    { id: 'office/web', vms: [102, 103] },
    { id: 'officeless', vms: [100] },
  ];
  const chosen = (wish: Parameters<typeof selectGuests>[0]) =>
    selectGuests(wish, { guests, node: 'pve1', pools });

  it.each<[Parameters<typeof selectGuests>[0], number[], number[], number[]]>([
    [{ vmid: '102,100' }, [100, 102], [], []],
    [{ vmid: '100 103;999' }, [100], [103], [999]],
    [{ all: true }, [100, 101, 102], [103], []],
    [{ all: true, exclude: '101' }, [100, 102], [103], []],
    [{ exclude: '101,103' }, [100, 102], [], []],
    [{ pool: 'office' }, [101, 102], [103], []],
    [{ pool: 'office', exclude: '102' }, [101], [103], []],
    [{ pool: 'office/web', all: false }, [102], [103], []],
  ])('%j', (wish, vmids, elsewhere, unknown) => {
    expect(chosen(wish)).toEqual({ vmids, elsewhere, unknown });
  });

  it.each<[Parameters<typeof selectGuests>[0], string]>([
    [{}, 'vmid'],
    [{ vmid: '' }, 'vmid'],
    [{ vmid: '100', all: true }, 'all'],
    [{ vmid: '100', exclude: '101' }, 'exclude'],
    [{ vmid: '100', pool: 'office' }, 'pool'],
    [{ all: true, pool: 'office' }, 'all'],
    [{ pool: 'nobody' }, 'pool'],
  ])('refuses %j', (wish, field) => {
    expect(() => chosen(wish)).toThrow(refusal({ [field]: expect.any(String) }));
  });
});
