// Notices keep their names while they are about the same, and get others when something new happened.
import { expect, test } from 'vitest';
import type { Attention } from '../live/attention.ts';
import { mostSeen, noticeName, readSeen, seenKey } from './notices.ts';

const item = {
  id: 'storage/n1/nas',
  type: 'storage',
  node: 'n1',
  storage: 'nas',
  status: 'unknown',
} as const;

test('what goes on keeps its name; what is new has another', () => {
  const full = (severity: 'warn' | 'bad', share: number): Attention => ({
    kind: 'storage-full',
    severity,
    item,
    share,
  });
  expect(noticeName(full('warn', 0.86))).toBe(noticeName(full('warn', 0.89)));
  expect(noticeName(full('warn', 0.86))).not.toBe(noticeName(full('bad', 0.96)));
  const offline = (node: string): Attention => ({ kind: 'node-offline', severity: 'bad', node });
  expect(noticeName(offline('a'))).not.toBe(noticeName(offline('b')));
  const broken = (text: string): Attention => ({ kind: 'storage-problem', severity: 'bad', item, text });
  expect(noticeName(broken('timed out'))).not.toBe(noticeName(broken('refused')));
});

test('what was stored is not trusted', () => {
  expect(readSeen(null)).toEqual([]);
  expect(readSeen('{"a"')).toEqual([]);
  expect(readSeen('{"a":1}')).toEqual([]);
  expect(readSeen('["a",1,null]')).toEqual(['a']);
  expect(readSeen(JSON.stringify(Array.from({ length: 999 }, (_, i) => `${i}`)))).toHaveLength(mostSeen);
  expect(seenKey('a@pve')).not.toBe(seenKey('a@pam'));
});
