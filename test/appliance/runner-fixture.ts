// A suite that is bundled and run by `runner.test.ts`: all that suites use of vitest, and one test that fails when it is told to.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';

const done: string[] = [];

describe('outer', () => {
  let fresh = 0;
  beforeAll(() => void done.push('beforeAll'));
  beforeEach(() => {
    fresh += 1;
    done.push('outer');
  });
  afterEach(() => expect(fresh).toBeGreaterThan(0));
  afterAll(() => expect(done.filter((word) => word === 'beforeAll')).toHaveLength(1));

  test('matches objects', async () => {
    expect({ a: 1, b: [{ c: 2 }] }).toMatchObject({ b: [{ c: expect.any(Number) }] });
    await expect(Promise.reject(new Error('no'))).rejects.toThrow('no');
  });
  describe('inner', () => {
    beforeEach(() => void done.push('inner'));
    test('has the hooks of both', () => expect(done.slice(-2)).toEqual(['outer', 'inner']));
  });
  test.each([
    ['iso', 2],
    ['import', 3],
  ] as const)('takes %s and %d', (word, number) => expect(`${word}${number}`).toMatch(/^(iso2|import3)$/));
  it('has options', { timeout: 1000 }, () => expect(fresh).toBeGreaterThan(1));
  test('does as it is told', () => expect(process.argv).not.toContain('fail'));
});
