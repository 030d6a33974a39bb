// The terminal's frames.
import { expect, test } from 'vitest';
import { helloFrame, inputFrame, keepaliveFrame, readGreeting, sizeFrame } from './terminal-frames.ts';

test('frames', () => {
  expect(helloFrame('root@pam', 'PVEVNC:1::x')).toBe('root@pam:PVEVNC:1::x\n');
  expect(inputFrame('ls\r')).toBe('0:3:ls\r');
  expect(inputFrame('é€')).toBe('0:5:é€');
  expect(inputFrame('a:b')).toBe('0:3:a:b');
  expect(sizeFrame(80, 24)).toBe('1:80:24:');
  expect(keepaliveFrame).toBe('2');
});

test('the greeting', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(readGreeting(bytes('OKlogin: '))).toEqual(bytes('login: '));
  expect(readGreeting(bytes('OK'))).toHaveLength(0);
  expect(readGreeting(bytes('no'))).toBeUndefined();
  expect(readGreeting(bytes(''))).toBeUndefined();
});
