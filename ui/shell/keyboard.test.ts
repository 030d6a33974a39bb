// Shortcuts: single keys, two in a row, with Ctrl or Cmd; none that another hides.
import { expect, test } from 'vitest';
import { createKeyReader, type KeyPress, keyCaps, patienceMs, shortcuts } from './keyboard.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

test('one key, two keys, and one with Ctrl or Cmd', () => {
  const read = createKeyReader();
  expect(read(press('/'), 0)).toBe('search');
  expect(read(press('k', { ctrlKey: true }), 0)).toBe('search');
  expect(read(press('k', { metaKey: true }), 0)).toBe('search');
  expect(read(press('?'), 0)).toBe('keys');
  expect(read(press('g'), 0)).toBeUndefined();
  expect(read(press('d'), 500)).toBe('datacenter');
});

test('the second key must come in time, and after its own first', () => {
  const read = createKeyReader();
  read(press('g'), 0);
  expect(read(press('d'), patienceMs + 1)).toBeUndefined();
  read(press('g'), 0);
  read(press('x'), 10);
  expect(read(press('d'), 20)).toBeUndefined();
  expect(read(press('d'), 30)).toBeUndefined();
});

test('a shift key between two keys does not count; keys with Alt or with both others are left to the system', () => {
  const read = createKeyReader();
  read(press('g'), 0);
  read(press('Shift'), 5);
  expect(read(press('g'), 10)).toBe('guests');
  expect(read(press('k', { ctrlKey: true, metaKey: true }), 0)).toBeUndefined();
  expect(read(press('k', { ctrlKey: true, altKey: true }), 0)).toBeUndefined();
  expect(read(press('/', { altKey: true }), 0)).toBeUndefined();
  expect(read(press('t', { ctrlKey: true }), 0)).toBeUndefined();
});

test('letters are found by their place where the keyboard writes others', () => {
  const read = createKeyReader();
  expect(read(press('л', { code: 'KeyK', ctrlKey: true }), 0)).toBe('search');
  read(press('γ', { code: 'KeyG' }), 0);
  expect(read(press('δ', { code: 'KeyD' }), 10)).toBe('datacenter');
  // A Dvorak keyboard writes Latin letters of its own.
  expect(read(press('t', { code: 'KeyK' }), 20)).toBe('tasks');
});

test('no shortcut hides another: keys are named once, and no single key begins a pair', () => {
  const all = shortcuts.flatMap((one) => one.keys);
  expect(new Set(all).size).toBe(all.length);
  for (const pair of all.filter((keys) => keys.includes(' '))) expect(all).not.toContain(pair.split(' ')[0]);
  expect(new Set(shortcuts.map((one) => one.id)).size).toBe(shortcuts.length);
});

test('keys are shown as they stand on the keyboard', () => {
  expect(keyCaps('Mod+k', false)).toEqual(['Ctrl', 'K']);
  expect(keyCaps('Mod+k', true)).toEqual(['⌘', 'K']);
  expect(keyCaps('g d', false)).toEqual(['G', 'D']);
  expect(keyCaps('?', false)).toEqual(['?']);
});
