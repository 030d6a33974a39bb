// In which order guests are shut down.
import { expect, test } from 'vitest';
import { inStopOrder, readStartup } from './stop-guests.ts';

test('the startup text gives order and time', () => {
  expect(readStartup('order=2,up=30,down=60')).toEqual({ order: 2, seconds: 60 });
  expect(readStartup('3')).toEqual({ order: 3, seconds: 180 });
  expect(readStartup('up=5')).toEqual({ order: Number.POSITIVE_INFINITY, seconds: 180 });
  expect(readStartup('')).toEqual({ order: Number.POSITIVE_INFINITY, seconds: 180 });
});

test('who starts last stops first', () => {
  const guests = [
    { vmid: 100, order: 1 },
    { vmid: 101, order: Number.POSITIVE_INFINITY },
    { vmid: 102, order: 2 },
    { vmid: 103, order: 1 },
  ];
  expect(inStopOrder(guests).map((group) => group.map(({ vmid }) => vmid))).toEqual([
    [101],
    [102],
    [100, 103],
  ]);
});
