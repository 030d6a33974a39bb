// The report for support, counters of guests' cards, and which program the node's terminal runs.
import { expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import type { Terminal } from '../core/terminal.ts';
import { croftSections } from './croft-report.ts';
import { createFakeServices } from './fake/fake-node-host.ts';
import { readTraffic } from './guest-traffic.ts';
import { machineSections, renderReport } from './node-report.ts';
import { createNodeShell } from './node-shell.ts';

const signal = new AbortController().signal;

test('sections in their order; one that fails says why, one that is long is cut, secrets are masked', async () => {
  const text = await renderReport(
    [
      { title: 'slow', text: async () => 'a\x1b[31mb\npassword=geheim\n' },
      { title: 'broken', text: () => Promise.reject(new AppError('timeout', 'run vgs: no answer in time')) },
      { title: 'empty', text: async () => '' },
      { title: 'long', text: async () => 'x\n'.repeat(100_000) },
    ],
    signal,
  );
  expect(text).toMatch(
    /^==== slow ====\n\nab\npassword=\*{8}\n\n==== broken ====\n\n\(run vgs: no answer in time\)\n\n==== empty ====\n\n\(nothing\)\n/,
  );
  expect(text).toContain('(cut: it is longer)');
  expect(text.length).toBeLessThan(70_000);
});

test('what is run for it only reads', async () => {
  const runs: string[] = [];
  const exec: Exec = async (file, args, options) => {
    runs.push([file, ...args].join(' '));
    expect(options?.timeoutMs).toBeLessThanOrEqual(10_000);
    return { exitCode: 0, stdout: `said by ${file}`, stderr: '' };
  };
  const text = await renderReport(machineSections(exec), signal);
  expect(runs).toContain('ip -brief address');
  expect(text).toContain('said by lsblk');
  expect(text).toContain('==== /proc/meminfo ====\n\nMemTotal:');
});

test('what Croft tells of itself', async () => {
  const text = await renderReport(
    croftSections({
      node: 'n1',
      host: {
        services: createFakeServices(),
        timeZone: { read: () => 'Europe/Rome', write: async () => {} },
      },
      accelerator: () => ({ accelerator: 'tcg', reason: 'no virtualization' }),
      warnings: async () => ['the disk is nearly full'],
      resources: () => [
        {
          id: 'qemu/100',
          type: 'qemu',
          node: 'n1',
          vmid: 100,
          status: 'running',
          maxcpu: 2,
          maxmem: 1024 ** 3,
        },
        {
          id: 'storage/n1/local',
          type: 'storage',
          node: 'n1',
          storage: 'local',
          status: 'available',
          plugintype: 'dir',
        },
        { id: 'node/n1', type: 'node', node: 'n1', status: 'online' },
      ],
      failedTasks: () => ['2026-11-21 VM 100 - Start: no space'],
    }),
    signal,
  );
  for (const line of [
    ...['! the disk is nearly full', 'virtual machines: tcg (no virtualization)', 'time zone Europe/Rome'],
    ...[
      'qemu 100: running, 2 CPU, 1024 MiB',
      'local (dir): available, ? of ? used',
      'sshd: active (running), enabled',
    ],
    '2026-11-21 VM 100 - Start: no space',
  ])
    expect(text).toContain(line);
});

test('counters of guests, as the guests see them', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0
tap100i0: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0
veth101i12:3000 10 0 0 0 0 0 0    4000 20 0 0 0 0 0 0
 vmbr0: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0
`;
  expect(readTraffic(text)).toEqual([
    { vmid: '100', dev: 'net0', in: '2000', out: '1000' },
    { vmid: '101', dev: 'net12', in: '4000', out: '3000' },
  ]);
});

test('a terminal logs in, or is a shell of root where there is no login', () => {
  const runs: string[] = [];
  const shell = (there: readonly string[]) =>
    createNodeShell({
      openTerminal: (file, args) => {
        runs.push([file, ...args].join(' '));
        return {} as Terminal;
      },
      exists: (path) => there.includes(path),
    });
  const size = { columns: 80, rows: 24 };
  shell(['/usr/bin/login', '/bin/bash']).open('root', size);
  shell(['/bin/login']).open('login', size);
  shell(['/bin/bash']).open('root', size);
  expect(runs).toEqual([
    '/usr/bin/login -f root',
    '/bin/login',
    '/usr/bin/env --chdir=/root HOME=/root USER=root LOGNAME=root SHELL=/bin/bash /bin/bash -l',
  ]);
  expect(() => shell(['/bin/bash']).open('login', size)).toThrow('login program is not installed');
});
