// UPIDs: what clients split at colons must come back as it went in.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPstartSource, readUpid, renderUpid } from './upid.ts';

const parts = {
  node: 'pve1',
  pid: 0x1234,
  pstart: 0x1_2345_6789,
  starttime: 1_764_000_000,
  type: 'qmcreate',
  id: '100',
  user: 'root@pam!ci',
};

test('has the form that clients expect', () => {
  expect(renderUpid(parts)).toBe('UPID:pve1:00001234:123456789:69248100:qmcreate:100:root@pam!ci:');
  expect(readUpid(renderUpid(parts))).toEqual(parts);
  expect(readUpid('UPID:pve:000C530:001C05F0C:64D6E4A5:imgcopy::root@pam:')).toBeUndefined();
  expect(readUpid('UPID:pve:0000C530:001C05F0C:64D6E4A5:imgcopy::root@pam:')).toMatchObject({ id: '' });
});

test('any id survives, and splits at colons still give nine parts', () => {
  const id = fc.string({ unit: 'binary-ascii', maxLength: 40 });
  fc.assert(
    fc.property(id, (id) => {
      const text = renderUpid({ ...parts, id });
      expect(readUpid(text)).toEqual({ ...parts, id });
      expect(text.split(':')).toHaveLength(9);
      expect(text).toMatch(/^[\x21-\x7e]+$/);
      expect(text.includes('/') || text.includes('?') || text.includes('%')).toBe(false);
    }),
  );
  expect(readUpid(renderUpid({ ...parts, id: 'naïve😀' }))?.id).toBe('naïve?');
});

test('refuses what is not one', () => {
  for (const text of [
    '',
    'UPID',
    'UPID:a:1:2:3:t:i:u:',
    'UPID:a/b:00000001:00000001:00000001:t:i:u:',
    `${'UPID:'.repeat(999)}`,
  ]) {
    expect(readUpid(text)).toBeUndefined();
  }
  expect(readUpid('UPID:a:00000001:00000001:00000001:t:i:u:\n')).toBeUndefined();
});

test('pstart grows, also when the clock stands or goes back', () => {
  let now = 1_764_000_000_000;
  const next = createPstartSource(() => now);
  const values = [next(), next()];
  now -= 60_000;
  values.push(next());
  expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
  expect(createPstartSource(() => now, values[2])()).toBe(values[2]! + 1);
  expect(values.every((v) => v.toString(16).length <= 9)).toBe(true);
});
