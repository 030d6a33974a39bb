// Readers of /proc, on recorded text, and one look at the real thing.
import { describe, expect, it } from 'vitest';
import { cpuShares, readCpuTimes, readLoad, readMemory, readTraffic, sampleNode } from './node-sample.ts';

const stat = 'cpu  100 10 50 800 40 0 5 0 20 0\ncpu0 50 5 25 400 20 0 2 0 10 0\nintr 12\n';
const meminfo =
  'MemTotal:       24615468 kB\nMemFree:        20000000 kB\nMemAvailable:   22000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n';
const netdev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0
  eth0: 1000 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0
tap100i0: 777 1 0 0 0 0 0 0 777 1 0 0 0 0 0 0
`;

describe('readers of /proc', () => {
  it('counts guest time once', () => {
    expect(readCpuTimes(stat)).toEqual({ total: 1005, idle: 800, iowait: 40 });
  });
  it('tells the shares between two samples', () => {
    const before = { total: 1000, idle: 800, iowait: 40 };
    expect(cpuShares(before, { total: 1100, idle: 850, iowait: 50 })).toEqual({ busy: 0.4, iowait: 0.1 });
    expect(cpuShares(before, before)).toEqual({ busy: 0, iowait: 0 });
  });
  it('reads load, memory and traffic', () => {
    expect(readLoad('0.10 0.20 0.30 1/200 4000\n')).toEqual(['0.10', '0.20', '0.30']);
    expect(readMemory(meminfo).memory).toEqual({
      total: 24615468 * 1024,
      available: 22000000 * 1024,
      free: 20000000 * 1024,
    });
    expect(readTraffic(netdev)).toEqual({ receivedBytes: 1000, sentBytes: 500 });
  });
  it('sees this machine', async () => {
    const sample = await sampleNode();
    expect(sample.memory.total).toBeGreaterThan(sample.memory.available);
    expect(sample.cpu.total).toBeGreaterThan(0);
    expect(sample.rootfs.total).toBeGreaterThan(sample.rootfs.used);
  });
});
