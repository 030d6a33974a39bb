// The rings: averages and maxima, wrap-around, going on after a restart, fields that come later.
import { expect, it } from 'vitest';
import { openDatabase } from '../db/database.ts';
import { metricsSchema } from '../db/schemas.ts';
import { createRoundRobinStore } from './round-robin-store.ts';

const open = () => openDatabase({ path: ':memory:', schema: metricsSchema, durability: 'relaxed' });
const sample = (values: Record<string, number>) => new Map([['qemu/100', values]]);
const hour = 3600 * 100_000;

it('averages and keeps maxima by slot', () => {
  const store = createRoundRobinStore(open());
  store.record(hour, sample({ cpu: 0.2 }));
  store.record(hour + 10, sample({ cpu: 0.4 }));
  store.record(hour + 60, sample({ cpu: 1 }));
  const averages = store.read('qemu/100', 'hour', 'AVERAGE');
  expect(averages.map((row) => row.time)).toEqual([hour, hour + 60]);
  expect(averages[0]?.['cpu']).toBeCloseTo(0.3);
  expect(store.read('qemu/100', 'hour', 'MAX')[0]).toEqual({ time: hour, cpu: 0.4 });
  expect(store.read('qemu/100', 'day', 'MAX')).toEqual([{ time: hour, cpu: 1 }]);
  expect(store.read('qemu/999', 'hour', 'MAX')).toEqual([]);
});

it('keeps as many slots as the ring has', () => {
  const store = createRoundRobinStore(open());
  for (let minute = 0; minute < 100; minute += 1) store.record(hour + minute * 60, sample({ cpu: minute }));
  const rows = store.read('qemu/100', 'hour', 'AVERAGE');
  expect(rows.length).toBe(70);
  expect(rows[0]).toEqual({ time: hour + 30 * 60, cpu: 30 });
});

it('goes on with a slot after a restart, and learns new fields', () => {
  const db = open();
  const first = createRoundRobinStore(db);
  for (let i = 0; i < 15; i += 1) first.record(hour + i * 10, sample({ cpu: 1 }));
  first.flush();
  const second = createRoundRobinStore(db);
  for (let i = 15; i < 30; i += 1) second.record(hour + i * 10, sample({ cpu: 0, mem: 5 }));
  const [row] = second.read('qemu/100', 'day', 'AVERAGE');
  expect(row?.['cpu']).toBeCloseTo(0.5, 1);
  expect(second.read('qemu/100', 'hour', 'AVERAGE')[0]).toEqual({ time: hour, cpu: 1 });
});

it('forgets a series', () => {
  const store = createRoundRobinStore(open());
  store.record(hour, sample({ cpu: 1 }));
  store.flush();
  store.remove('qemu/100');
  expect(store.read('qemu/100', 'hour', 'AVERAGE')).toEqual([]);
});

it('leaves out what is older than the timeframe, though its slots are still there', () => {
  const store = createRoundRobinStore(open());
  store.record(hour, sample({ cpu: 1 }));
  store.record(hour + 10 * 3600, sample({ cpu: 0 }));
  expect(store.read('qemu/100', 'hour', 'AVERAGE')).toEqual([{ time: hour + 10 * 3600, cpu: 0 }]);
  expect(store.read('qemu/100', 'day', 'AVERAGE').map((row) => row.time)).toEqual([hour, hour + 10 * 3600]);
});

it('writes every archive within five minutes, without being told', () => {
  const db = open();
  const store = createRoundRobinStore(db);
  for (let minute = 0; minute < 6; minute += 1) store.record(hour + minute * 60, sample({ cpu: 1 }));
  const found = db.prepare('SELECT DISTINCT archive FROM points ORDER BY archive').all();
  expect(found.map((row) => (row as { archive: number }).archive)).toEqual([0, 1, 2, 3, 4, 5]);
});
