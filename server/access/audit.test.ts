import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditLog, type AuditRecord, auditFileSink } from './audit.ts';
import { testClock } from './clock-fixture.ts';

function setUp() {
  const records: AuditRecord[] = [];
  const clock = testClock();
  return { records, clock, audit: new AuditLog((record) => records.push(record), clock) };
}

test('records who did what from where', () => {
  const { records, audit, clock } = setUp();
  audit.record('changed', 'joe@pve!ci', '10.0.0.1', 'POST /nodes/pve1/qemu');
  const time = clock.now() / 1000;
  expect(records).toEqual([
    { time, event: 'changed', requester: 'joe@pve!ci', address: '10.0.0.1', what: 'POST /nodes/pve1/qemu' },
  ]);
});

test('what comes from outside can neither forge lines nor grow without limit', () => {
  const { records, audit } = setUp();
  audit.record('login-failed', `x\n{"event":"login"}${'y'.repeat(5000)}`, 'a', 'b\u0000');
  expect(records[0]?.requester).toMatch(/^x\?\{/);
  expect(records[0]?.requester).toHaveLength(130);
  expect(records[0]?.what).toBe('b?');
});

test('a flood of failures is cut and counted; what succeeds is always kept', () => {
  const { records, audit, clock } = setUp();
  for (let i = 0; i < 1000; i += 1) audit.record('login-failed', 'joe@pve', '10.0.0.1', 'wrong password');
  expect(records).toHaveLength(300);
  audit.record('login', 'max@pve', '10.0.0.2', 'password');
  expect(records.at(-1)).toMatchObject({ event: 'login', leftOut: 700 });
  clock.pass(60_000);
  audit.record('denied', 'joe@pve', '10.0.0.1', 'x');
  expect(records.at(-1)).toMatchObject({ event: 'denied' });
  expect(records.at(-1)?.leftOut).toBeUndefined();
});

test('the file sink keeps at most two files of the given size, for their owner only', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'croft-audit-'));
  try {
    const errors: unknown[] = [];
    const path = join(dir, 'audit.log');
    const sink = auditFileSink(path, (error) => errors.push(error), 2000);
    const record: AuditRecord = { time: 1, event: 'login', requester: 'joe@pve', address: 'a', what: 'w' };
    for (let i = 0; i < 200; i += 1) {
      sink({ ...record, time: i });
      if (i % 10 === 9) await sink.flush();
    }
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ time: 199 });
    expect(statSync(path).size).toBeLessThanOrEqual(2000);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(2000);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(errors).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a disk that refuses is told and does not throw', async () => {
  const errors: unknown[] = [];
  const sink = auditFileSink('/nonexistent/folder/audit.log', (error) => errors.push(error));
  sink({ time: 1, event: 'login', requester: 'joe@pve', address: 'a', what: 'w' });
  await sink.flush();
  expect(errors).toHaveLength(1);
});
