import { describe, expect, it } from 'vitest';
import {
  keepAll,
  keepOfMaxFiles,
  keepsAll,
  mostBackups,
  parseKeepOptions,
  pruneBackupsString,
} from './keep-options.ts';

describe('prune-backups', () => {
  it.each([
    ['keep-last=3', { 'keep-last': 3 }, 3],
    ['keep-last=3,keep-daily=13,keep-yearly=9', { 'keep-last': 3, 'keep-daily': 13, 'keep-yearly': 9 }, 25],
    ['keep-all=0,keep-last=1', { 'keep-all': false, 'keep-last': 1 }, 1],
    ['keep-last=0,keep-weekly=2', { 'keep-last': 0, 'keep-weekly': 2 }, 2],
    ['keep-hourly=24,keep-monthly=6', { 'keep-hourly': 24, 'keep-monthly': 6 }, 30],
    ['keep-all=1', keepAll, undefined],
    ['keep-all=1,keep-last=0', keepAll, undefined],
    ['keep-last=0', keepAll, undefined],
    ['keep-last=0,keep-daily=0', keepAll, undefined],
    ['keep-all=0', keepAll, undefined],
    ['', keepAll, undefined],
  ])('%j', (text, expected, most) => {
    const keep = parseKeepOptions(text);
    expect(keep).toEqual(expected);
    expect(mostBackups(keep)).toBe(most);
    expect(keepsAll(keep)).toBe(most === undefined);
  });

  it('is everything when it is not there', () => {
    expect(parseKeepOptions(undefined)).toEqual(keepAll);
  });

  it.each([
    ['keep-all=1,keep-last=3', 'keep-all cannot stand beside other options'],
    ['keep-last=-1', 'keep-last: must be at least 0'],
    ['keep-last=1.5', 'keep-last: must be a whole number'],
    ['keep-last=many', "keep-last: 'many' is not a number"],
    ['keep-last=99999999999999999999', 'keep-last: must be a whole number'],
    ['keep-last=', 'keep-last: has no value'],
    ['keep-last=1,keep-last=2', "'keep-last' is given twice"],
    ['keep-fortnightly=1', "unknown key 'keep-fortnightly'"],
    ['__proto__=1', "unknown key '__proto__'"],
    ['3', "'3' is not of the form key=value"],
  ])('%j is refused: %s', (text, rule) => {
    expect(() => parseKeepOptions(text)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { 'prune-backups': rule } }),
    );
  });

  it('is written with its keys by name', () => {
    const keep = parseKeepOptions('keep-weekly=2,keep-last=3,keep-daily=7');
    expect(pruneBackupsString.render(keep)).toBe('keep-daily=7,keep-last=3,keep-weekly=2');
    expect(pruneBackupsString.render(keepAll)).toBe('keep-all=1');
  });

  it('publishes what the API publishes', () => {
    expect(pruneBackupsString.facts).toMatchObject({
      'keep-all': { type: 'boolean', optional: 1 },
      'keep-last': { type: 'integer', minimum: 0, optional: 1 },
    });
  });
});

describe('maxfiles', () => {
  it('keeps the last ones, or with 0 all', () => {
    expect(keepOfMaxFiles(4)).toEqual({ 'keep-last': 4 });
    expect(keepOfMaxFiles(0)).toEqual(keepAll);
  });
});
