// Time zones are offered by the names of today.
import { expect, test } from 'vitest';
import { offeredZones } from './time-zones.ts';

test('old names give way to new ones, each zone stands once, UTC and what is set are always there', () => {
  expect(offeredZones(['Asia/Calcutta', 'Asia/Kolkata', 'Europe/Rome'], 'Europe/Rome')).toEqual([
    'Asia/Kolkata',
    'Europe/Rome',
    'UTC',
  ]);
  expect(offeredZones([], 'Mars/Olympus')).toEqual(['Mars/Olympus', 'UTC']);
});

test('no zone is offered that is not one', () => {
  for (const zone of offeredZones(Intl.supportedValuesOf('timeZone'), 'UTC'))
    expect(() => new Intl.DateTimeFormat('en', { timeZone: zone }), zone).not.toThrow();
});
