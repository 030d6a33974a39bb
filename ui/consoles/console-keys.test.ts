// Texts as key strokes, and the keys of the menu.
import { expect, test } from 'vitest';
import { combinations, strokesOf } from './console-keys.ts';

test('every printable sign of ASCII has a place of its own with or without Shift', () => {
  const signs = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
  const { strokes, untypable } = strokesOf(signs.join(''));
  expect(untypable).toEqual([]);
  expect(strokes.map(({ key }) => key.keysym)).toEqual(signs.map((sign) => sign.charCodeAt(0)));
  expect(new Set(strokes.map(({ key, withShift }) => `${key.code} ${withShift}`)).size).toBe(95);
});

test('a line as it is typed', () => {
  expect(strokesOf('Ab|').strokes).toEqual([
    { key: { keysym: 0x41, code: 'KeyA' }, withShift: true },
    { key: { keysym: 0x62, code: 'KeyB' }, withShift: false },
    { key: { keysym: 0x7c, code: 'Backslash' }, withShift: true },
  ]);
});

test('line ends of all systems are one Enter', () => {
  expect(strokesOf('a\r\nb\rc\n\t').strokes.map(({ key }) => key.code)).toEqual([
    ...['KeyA', 'Enter', 'KeyB', 'Enter', 'KeyC', 'Enter', 'Tab'],
  ]);
});

test('what no key types is told once and left out', () => {
  const typed = strokesOf('aé😀é\u0000\u001b[31m');
  expect(typed.untypable).toEqual(['é', '😀', '\0', '\u001b']);
  expect(typed.strokes.map(({ key }) => String.fromCharCode(key.keysym)).join('')).toBe('a[31m');
});

test('combinations have names of their own and end with what they are about', () => {
  const all = combinations.flat();
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.find(({ name }) => name === 'Ctrl+Alt+F7')?.keys.map(({ code }) => code)).toEqual([
    ...['ControlLeft', 'AltLeft', 'F7'],
  ]);
  expect(all.find(({ name }) => name === 'F12')?.keys).toEqual([{ keysym: 0xffc9, code: 'F12' }]);
});
