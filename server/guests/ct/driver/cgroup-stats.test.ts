// The readers of control groups on recorded trees of both versions.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyLimit, chooseCpus, cpuShares } from './cgroup-limits.ts';
import { readCgroupStats } from './cgroup-stats.ts';
import { readCgroupTree } from './cgroup-tree.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'croft-cgroup-'));
});
afterEach(() => rm(root, { recursive: true }));

async function tree(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return readCgroupTree(root);
}
const read = (path: string) => readFile(join(root, path), 'utf8');

/** Recorded on Linux 6.12, shortened. */
const version2 = {
  'cgroup.controllers': 'cpuset cpu io memory pids\n',
  'croft.lxc/101/cpu.stat': 'usage_usec 3889308\nuser_usec 1\nsystem_usec 2\nnr_periods 0\n',
  'croft.lxc/101/cpu.max': '150000 100000\n',
  'croft.lxc/101/cpuset.cpus.effective': '0-3\n',
  'croft.lxc/101/memory.current': '67108864\n',
  'croft.lxc/101/memory.swap.current': '1048576\n',
  'croft.lxc/101/memory.max': '134217728\n',
  'croft.lxc/101/memory.high': '67108864\n',
  'croft.lxc/101/memory.stat': 'anon 100\nfile 200\ninactive_anon 1\ninactive_file 7108864\n',
  'croft.lxc/101/io.stat':
    '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=4 wbytes=8 rios=1 wios=1\n',
};
/** Recorded on Linux 6.18, hybrid, shortened. */
const version1 = {
  'cpuacct/croft.lxc/101/cpuacct.usage': '3889308\n',
  'cpu/croft.lxc/101/cpu.cfs_quota_us': '-1\n',
  'cpu/croft.lxc/101/cpu.cfs_period_us': '100000\n',
  'cpu/croft.lxc/101/cpu.shares': '1024\n',
  'cpuset/croft.lxc/101/cpuset.effective_cpus': '0,2-3\n',
  'memory/croft.lxc/101/memory.usage_in_bytes': '67108864\n',
  'memory/croft.lxc/101/memory.memsw.usage_in_bytes': '69206016\n',
  'memory/croft.lxc/101/memory.limit_in_bytes': '67108864\n',
  'memory/croft.lxc/101/memory.stat': 'cache 1\ninactive_file 5\ntotal_inactive_file 7108864\n',
  'blkio/croft.lxc/101/blkio.throttle.io_service_bytes_recursive':
    '254:0 Read 4096\n254:0 Write 8192\n254:0 Sync 1\n254:0 Total 12288\nTotal 12288\n',
};

describe('statistics', () => {
  it('are read from version 2', async () => {
    expect(await readCgroupStats(await tree(version2), 'croft.lxc/101')).toEqual({
      cpuTimeNs: 3_889_308_000,
      cpus: 1.5,
      memoryBytes: 60_000_000,
      residentBytes: 67_108_864,
      swapBytes: 1_048_576,
      diskReadBytes: 4100,
      diskWriteBytes: 8200,
    });
  });

  it('are read from version 1', async () => {
    expect(await readCgroupStats(await tree(version1), 'croft.lxc/101')).toEqual({
      cpuTimeNs: 3_889_308,
      cpus: 3,
      memoryBytes: 60_000_000,
      residentBytes: 67_108_864,
      swapBytes: 2_097_152,
      diskReadBytes: 4096,
      diskWriteBytes: 8192,
    });
  });

  it('do not know swap where the kernel does not account it, and never count less than nothing', async () => {
    const { 'croft.lxc/101/memory.swap.current': _, ...unaccounted } = version2;
    const stats = await readCgroupStats(await tree(unaccounted), 'croft.lxc/101');
    expect(stats).toMatchObject({ swapBytes: undefined, memoryBytes: 60_000_000 });
    await rm(root, { recursive: true });
    // The second number was read when memory had been given back.
    const late = { ...version1, 'memory/croft.lxc/101/memory.memsw.usage_in_bytes': '67000000\n' };
    expect(await readCgroupStats(await tree(late), 'croft.lxc/101')).toMatchObject({ swapBytes: 0 });
    await rm(join(root, 'memory/croft.lxc/101/memory.memsw.usage_in_bytes'));
    expect((await readCgroupStats(await readCgroupTree(root), 'croft.lxc/101'))?.swapBytes).toBeUndefined();
  });

  it('are nothing of a group that is gone', async () => {
    expect(await readCgroupStats(await tree(version2), 'croft.lxc/999')).toBeUndefined();
    await rm(join(root, 'cgroup.controllers'));
    expect(await readCgroupStats(await tree(version1), 'croft.lxc/999')).toBeUndefined();
  });
});

describe('limits', () => {
  it('are written in the words of version 2', async () => {
    const groups = await tree({
      ...version2,
      'croft.lxc/101/cpu.weight': '',
      'croft.lxc/101/memory.swap.max': '',
    });
    const apply = (change: Parameters<typeof applyLimit>[3]) =>
      applyLimit(groups, 'croft.lxc/101', 101, change);
    await apply({ key: 'cpulimit', action: 'cpu-limit', cores: 0.25 });
    expect(await read('croft.lxc/101/cpu.max')).toMatch(/^25000 100000/);
    await apply({ key: 'cpulimit', action: 'cpu-limit', cores: 0 });
    expect(await read('croft.lxc/101/cpu.max')).toMatch(/^max 100000/);
    await apply({ key: 'cpuunits', action: 'cpu-weight', weight: 50 });
    expect(await read('croft.lxc/101/cpu.weight')).toBe('50');
    await apply({ key: 'memory', action: 'memory', memoryBytes: 1_000_000_000, swapBytes: 5 });
    expect(await read('croft.lxc/101/memory.max')).toMatch(/^1000000000/);
    // At half of the maximum before, and still.
    expect(await read('croft.lxc/101/memory.high')).toMatch(/^500000000/);
    expect(await read('croft.lxc/101/memory.swap.max')).toBe('5');
  });

  it('are written in the words of version 1, without swap accounting too', async () => {
    const groups = await tree(version1);
    const apply = (change: Parameters<typeof applyLimit>[3]) =>
      applyLimit(groups, 'croft.lxc/101', 101, change);
    await apply({ key: 'cpulimit', action: 'cpu-limit', cores: 2 });
    expect(await read('cpu/croft.lxc/101/cpu.cfs_quota_us')).toMatch(/^200000/);
    await apply({ key: 'cpuunits', action: 'cpu-weight', weight: 200 });
    expect(await read('cpu/croft.lxc/101/cpu.shares')).toMatch(/^2048/);
    await apply({ key: 'memory', action: 'memory', memoryBytes: 90_000_000, swapBytes: 0 });
    expect(await read('memory/croft.lxc/101/memory.limit_in_bytes')).toMatch(/^90000000/);
  });

  it('choose other processors for other guests', () => {
    expect(chooseCpus([0, 1, 2, 3], 2, 100)).toEqual([0, 1]);
    expect(chooseCpus([0, 1, 2, 3], 2, 101)).toEqual([2, 3]);
    expect(chooseCpus([0, 1], undefined, 101)).toEqual([0, 1]);
    expect(cpuShares(100)).toBe(1024);
    expect(cpuShares(0)).toBe(2);
  });
});
