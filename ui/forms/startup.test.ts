// The place of a guest among those that start with the node.
import { expect, test } from 'vitest';
import { startupString as startupCodec } from '../../server/contract/qemu-strings.ts';
import { readStartup, startupString } from './startup.ts';

test('start order goes to and fro', () => {
  expect(readStartup('order=2,up=30')).toEqual({ order: '2', up: '30', down: '' });
  expect(readStartup('3,down=60')).toEqual({ order: '3', up: '', down: '60' });
  const text = startupString({ order: '2', up: ' 30', down: '' });
  expect(text).toBe('order=2,up=30');
  expect(startupCodec.parse(text ?? '')).toMatchObject({ ok: true });
  expect(startupString(readStartup(''))).toBeUndefined();
});
