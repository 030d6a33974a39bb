// The real programs: a journal of a real journald, lines of a program as they come, the disks and devices of this machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../core/exec.ts';
import { streamLines } from './line-stream.ts';
import { createNodeHost } from './node-host.ts';
import { renderReport } from './node-report.ts';
import { createSystemLogs } from './system-logs.ts';

const signal = new AbortController().signal;
const host = createNodeHost({
  exec,
  diskMountsDir: '/nonexistent',
  openTerminal: () => {
    throw new Error('not here');
  },
});

const why =
  process.getuid?.() !== 0
    ? 'root is needed'
    : existsSync('/lib/systemd/systemd-journald')
      ? undefined
      : 'systemd-journald is not installed';
if (why !== undefined) process.stderr.write(`a real journal is not tested: ${why}\n`);

describe.skipIf(why !== undefined)('a journal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'croft-journal-'));
  const logs = createSystemLogs({
    ...{ stream: streamLines, folder, timeZone: () => 'UTC', hasJournal: () => true },
  });
  const script = fileURLToPath(new URL('testdata/record-journal.sh', import.meta.url));
  beforeAll(() => {
    execFileSync('unshare', ['--mount', '--propagation', 'private', '--', 'sh', script, folder], {
      stdio: 'ignore',
    });
    expect(readdirSync(folder)).not.toEqual([]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const numbers = (lines: readonly string[]) => lines.flatMap((line) => /: line (\d)/.exec(line)?.[1] ?? []);

  it('is read from its end, in the order in which it was written, without secrets', async () => {
    const { lines } = await logs.journal({ lastentries: 3 }, signal);
    expect(numbers(lines)).toEqual(['6', '7', '8']);
    expect(lines[3]).toMatch(/^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \S+ prog8\[\d+\]: line 8 password=\*{8}$/);
    expect(lines).toHaveLength(5);
  });

  it('goes on from a cursor in both directions, leaving out the entry of the cursor', async () => {
    const all = await logs.journal({}, signal);
    const three = await logs.journal({ lastentries: 3 }, signal);
    const [first, last] = [three.lines[0]!, three.lines.at(-1)!];
    expect(numbers((await logs.journal({ startcursor: first }, signal)).lines)).toEqual(['7', '8']);
    expect(numbers((await logs.journal({ endcursor: first, lastentries: 2 }, signal)).lines)).toEqual([
      '4',
      '5',
    ]);
    expect(numbers((await logs.journal({ startcursor: first, endcursor: last }, signal)).lines)).toEqual([
      '7',
    ]);
    expect((await logs.journal({ startcursor: last }, signal)).lines).toEqual([last, last]);
    expect(numbers(all.lines)).toHaveLength(8);
  });

  it('between two times', async () => {
    const now = Math.floor(Date.now() / 1000);
    const of = async (since: number, until: number) =>
      numbers((await logs.journal({ since, until }, signal)).lines).length;
    expect(await of(now - 600, now + 60)).toBe(8);
    expect(await of(now + 60, now + 120)).toBe(0);
    expect(await of(now - 1200, now - 600)).toBe(0);
  });

  it('a cursor of another journal is no reason to hang', async () => {
    const { lines } = await logs.journal(
      { startcursor: `s=${'1'.repeat(32)};i=1;b=${'2'.repeat(32)};m=1;t=1;x=1` },
      signal,
    );
    expect(lines.length).toBeGreaterThan(1);
  });

  it('is counted line by line', async () => {
    const { lines, total } = await logs.syslog({ start: 1, limit: 2 }, signal);
    expect(lines.map(({ n }) => n)).toEqual([2, 3]);
    expect(total).toBeGreaterThanOrEqual(9);
  });
});

describe('lines of a program', () => {
  const read = async (script: string, most = Number.POSITIVE_INFINITY, timeoutMs = 10_000) => {
    const lines: string[] = [];
    const end = await streamLines('sh', ['-c', script], {
      ...{ timeoutMs, intention: 'read' },
      onLine: (line) => {
        lines.push(line.toString());
        return lines.length < most;
      },
    });
    return { end, lines };
  };

  it('come whole, whatever the pieces, and the last one without its end too', async () => {
    const { end, lines } = await read("printf 'a'; sleep 0.1; printf 'b\\ncd\\n\\ne'");
    expect([end, lines]).toEqual(['all', ['ab', 'cd', 'e']]);
    const long = await read('head -c 300000 /dev/zero | tr "\\0" x; echo; echo y');
    expect(long.lines.map(({ length }) => length)).toEqual([65536, 1]);
  });

  it('end when there are enough, or the time is over; the program is gone then', async () => {
    expect(await read('yes', 3)).toEqual({ end: 'enough', lines: ['y', 'y', 'y'] });
    const begun = Date.now();
    const slow = await read('echo one; exec sleep 4713', 9, 300);
    expect(slow).toEqual({ end: 'time', lines: ['one'] });
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(spawnSync('pgrep', ['-f', 'sleep 4713']).status).toBe(1);
  });

  it('a failure says what the program said', async () => {
    await expect(read('echo no such thing >&2; exit 3')).rejects.toMatchObject({
      ...{ code: 'command-failed', message: 'read: no such thing' },
    });
    await expect(
      streamLines('/no/such/program', [], { timeoutMs: 1000, intention: 'read', onLine: () => true }),
    ).rejects.toMatchObject({ code: 'unavailable' });
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 100);
    await expect(
      streamLines('sleep', ['60'], {
        ...{ timeoutMs: 60_000, intention: 'read' },
        signal: gone.signal,
        onLine: () => true,
      }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('this machine', () => {
  it('has a disk with its root on it, and says what it knows of its health', async () => {
    const disks = await host.disks.list({ partitions: true, smart: true }, signal);
    expect(disks.length).toBeGreaterThan(0);
    expect(disks.some(({ used }) => used !== undefined)).toBe(true);
    const disk = disks.find(({ parent }) => parent === undefined);
    expect(['PASSED', 'FAILED', 'UNKNOWN']).toContain(
      (await host.disks.smart(disk?.devpath ?? '', false, signal).catch(() => ({ health: 'UNKNOWN' })))
        .health,
    );
  });

  it('has devices, services and settings that can be read', async () => {
    for (const device of await host.hardware.pci('', true)) expect(device.vendor).toMatch(/^0x[0-9a-f]{4}$/);
    await host.hardware.usb();
    const states = await host.services.states(['sshd', 'croft'], signal);
    expect(states.map(({ service }) => service)).toEqual(['sshd', 'croft']);
    if (host.services.problem() !== undefined) expect(states[0]?.state).toBe('unknown');
    expect((await host.hosts.read()).digest).toMatch(/^[0-9a-f]{40}$/);
    expect(host.timeZone.read()).toMatch(/^[A-Za-z]/);
    await host.dns.read();
    await host.traffic();
  });

  it('can be reported on within seconds', async () => {
    const begun = Date.now();
    const report = await renderReport(host.report, signal);
    expect(report).toContain('MemTotal');
    expect(report).toContain('==== ip -brief address ====');
    expect(Date.now() - begun).toBeLessThan(15_000);
  });
});
