// Builders of parameters: what they take, what they say when they do not, and the facts they carry.
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { ApiMap } from './index.ts';
import { array, boolean, choice, factsOf, integer, number, readList, readPattern, string } from './params.ts';

const problem = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

describe('boolean', () => {
  it.each([
    ['1', true],
    ['on', true],
    ['Yes', true],
    [true, true],
    [1, true],
    ['0', false],
    ['off', false],
    ['no', false],
    ['FALSE', false],
    [0, false],
  ])('%j is %s', (text, value) => {
    expect(boolean().parse(text)).toBe(value);
  });

  it.each(['', '2', 'ja', 2, null])('%j is none', (value) => {
    expect(boolean().safeParse(value).success).toBe(false);
  });
});

describe('numbers', () => {
  it.each([
    ['', 'not a number'],
    ['1e3', 'not a number'],
    ['0x10', 'not a number'],
    [' ', 'not a number'],
    ['1.5', 'whole'],
    ['9007199254740993', 'whole'],
    ['0', 'minimum'],
    [11, 'maximum'],
  ])('%j is refused: %s', (value, text) => {
    expect(problem(integer({ minimum: 1, maximum: 10 }), value)).toContain(text);
  });

  it('may be one of a few', () => {
    const schema = integer({ enum: ['1', '2'] });
    expect(schema.parse('2')).toBe(2);
    expect(problem(schema, 3)).toBe('value must be one of: 1, 2');
  });

  it('may have a fraction where allowed', () => {
    expect(number({ minimum: 0 }).parse('0.5')).toBe(0.5);
  });
});

describe('string', () => {
  it('is anchored by its pattern, also when that holds alternatives', () => {
    const schema = string({ pattern: 'none|https?://.*' });
    expect(schema.parse('https://a')).toBe('https://a');
    expect(problem(schema, 'nonesuch')).toBe('value does not match the regex pattern');
    expect(problem(schema, 'x none')).toBeDefined();
  });

  it("understands the contract's groups", () => {
    expect(readPattern('(?^:[a-z]+\\@(?^:[A-Za-z\\.\\-_]+))').test('a@b.c-d')).toBe(true);
    expect(readPattern('(?^i:[a-z]);x').test('A;x')).toBe(true);
    expect(readPattern('(?^i:[a-z]);x').test('A;X')).toBe(false);
  });

  it('takes JSON numbers, and no control characters but tab and line ends', () => {
    expect(string().parse(12)).toBe('12');
    expect(string().parse('a\tb\nc')).toBe('a\tb\nc');
    for (const text of ['\0', 'a\x1b[0m', '\x7f']) expect(problem(string(), text)).toMatch(/control/);
  });
});

describe('lists', () => {
  it('are split at everything the API splits them at', () => {
    expect(readList('a,b;c d\0e,,')).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(readList(undefined)).toEqual([]);
  });

  it('as arrays check each member and carry its facts', () => {
    const schema = array(integer({ minimum: 1 }));
    expect(schema.parse(['1', 2])).toEqual([1, 2]);
    expect(schema.parse('3')).toEqual([3]);
    expect(schema.safeParse(['0']).success).toBe(false);
    expect(factsOf(schema)).toEqual({ type: 'array', items: { type: 'integer', minimum: 1 } });
  });
});

describe('facts', () => {
  it('are found through optional and default', () => {
    expect(factsOf(choice(['a']).optional())).toEqual({ type: 'string', enum: ['a'] });
    expect(factsOf(boolean({ default: 1 }).default(true))).toEqual({ type: 'boolean', default: 1 });
  });
});

describe('the map of types', () => {
  it('knows parameters and replies by method name', () => {
    const params: ApiMap['GET /cluster/nextid']['params'] = { vmid: 100 };
    const reply: ApiMap['GET /version']['reply'] = { version: '9.1', release: '9.1', repoid: 'abc' };
    // @ts-expect-error: a parameter that the method does not have
    const wrong: ApiMap['GET /cluster/nextid']['params'] = { node: 'pve' };
    expect([params, reply, wrong]).toHaveLength(3);
  });
});
