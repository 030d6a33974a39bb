// The step runner: what is cached, what makes it run again, and what a failed or killed build leaves.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../server/core/errors.ts';
import { quietContext, type WorkContext } from '../server/core/work-context.ts';
import { processMark } from './process-mark.ts';
import { ResultCache } from './result-cache.ts';
import { runSteps } from './run-steps.ts';
import { canonicalJson, resultKey, type Step } from './step.ts';

let folder: string;
let ran: string[];
let log: string[];
let work: WorkContext;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steps-'));
  ran = [];
  log = [];
  work = { ...quietContext(), log: (line) => log.push(line) };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function step(name: string, inputs: object = {}, needs: readonly string[] = [], run?: Step['run']): Step {
  return {
    name,
    needs,
    inputs: () => inputs,
    async run(context) {
      ran.push(name);
      const before = needs.map((need) => readFileSync(join(context.of(need), 'text'), 'utf8')).join('+');
      writeFileSync(join(context.outDir, 'text'), `${name}(${before})`);
      await run?.(context);
    },
  };
}

const run = (steps: readonly Step[], only?: string, context = work) =>
  runSteps(steps, { cache: new ResultCache(folder), work: context, sourceDateEpoch: 1, only });

const chain = (first: object) => [step('base', first), step('top', {}, ['base']), step('other')];
const unfinished = (name: string) =>
  readdirSync(join(folder, name)).filter((entry) => entry.startsWith('.new-'));

describe('caching', () => {
  it('runs each step once, hands results on, and says what it did', async () => {
    const [, top] = await run(chain({ a: 1 }));
    expect(readFileSync(join(top!.folder, 'text'), 'utf8')).toBe('top(base())');
    expect(top!.folder).toBe(join(folder, 'top', top!.key));
    expect(log[0]).toMatch(/^base +\d+\.\d s$/);
    const again = await run(chain({ a: 1 }));
    expect(ran).toEqual(['base', 'top', 'other']);
    expect(again.map(({ cached }) => cached)).toEqual([true, true, true]);
    expect(log.at(-1)).toMatch(/^other +\(cached\)$/);
  });

  it('runs again what changed and all that needs it, nothing else', async () => {
    await run(chain({ a: 1 }));
    ran = [];
    await run(chain({ a: 2 }));
    expect(ran).toEqual(['base', 'top']);
  });

  it('keeps the four results used last, however old they are', async () => {
    const keyOf = async (a: number) => (await run([step('base', { a })]))[0]!.key;
    const [one, two, three, four] = [await keyOf(1), await keyOf(2), await keyOf(3), await keyOf(4)];
    const record = (key: string, at: number) => utimesSync(join(folder, 'base', `${key}.json`), at, at);
    for (const [index, key] of [one, two, three, four].entries()) record(key, 1000 * (index + 1));
    expect(await keyOf(1)).toBe(one);
    const five = await keyOf(5);
    expect(readdirSync(join(folder, 'base')).sort()).toEqual(
      [one, three, four, five].flatMap((key) => [key, `${key}.json`]).sort(),
    );
    expect(ran).toHaveLength(5);
  });

  it('records the inputs beside the result', async () => {
    const [result] = await run([step('base', { b: [1, 'x'] })]);
    expect(JSON.parse(readFileSync(`${result!.folder}.json`, 'utf8'))).toEqual({ b: [1, 'x'] });
  });

  it('makes only the step that is asked for and those it needs', async () => {
    const results = await run([...chain({}), step('last', {}, ['other'])], 'top');
    expect(results.map(({ name }) => name)).toEqual(['base', 'top']);
    await expect(run(chain({}), 'none')).rejects.toThrow(
      "there is no step 'none'; there are: base, top, other",
    );
  });
});

describe('failing', () => {
  const broken = (thrown: unknown) =>
    step('base', {}, [], () => {
      throw thrown;
    });

  it('leaves nothing, names the step, keeps code and cause', async () => {
    const cause = new AppError('command-failed', 'mksquashfs: no space', { detail: 'argv' });
    const failure = await run([broken(cause), step('top', {}, ['base'])]).catch((error) => error);
    expect(failure).toMatchObject({
      code: 'command-failed',
      message: 'step base: mksquashfs: no space',
      cause,
    });
    expect(failure.detail).toBe('argv');
    expect(readdirSync(join(folder, 'base'))).toEqual([]);
    expect(ran).toEqual(['base']);
  });

  it('stops when it is told to, between steps and after one that did not listen', async () => {
    const stop = new AbortController();
    const context = { ...work, signal: stop.signal };
    const steps = [step('base', {}, [], async () => stop.abort()), step('top', {}, ['base'])];
    await expect(run(steps, undefined, context)).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(folder, 'base'))).toEqual([]);
    expect(ran).toEqual(['base']);
  });

  it('refuses to read a result that is not among the needs', async () => {
    const sly = step('sly', {}, [], async ({ of }) => void of('base'));
    await expect(run([step('base'), sly])).rejects.toThrow("reads the result of 'base' but does not need it");
  });

  it.each([
    ['a need that comes later', [step('top', {}, ['base']), step('base')], "needs 'base'"],
    ['a name twice', [step('base'), step('base')], 'is there twice'],
    ['a name that is a path', [step('../base')], 'cannot be the name'],
    ['the name of the folder of keys', [step('keys')], 'cannot be the name'],
  ])('refuses %s before anything runs', async (_what, steps, words) => {
    await expect(run(steps)).rejects.toThrow(words);
    expect(ran).toEqual([]);
  });
});

describe('a build that was killed', () => {
  it('leaves nothing that is used, and the next build sweeps it', async () => {
    // The mark of a process that had our number before us.
    const dead = new ResultCache(folder, `${process.pid}-1`);
    writeFileSync(join(dead.begin('base'), 'text'), 'half');
    writeFileSync(join(dead.begin('gone-step'), 'text'), 'half');
    const key = resultKey('base', {}, {});
    writeFileSync(join(folder, 'base', `${key}.json`), '{}');
    await run([step('base')]);
    expect(ran).toEqual(['base']);
    expect(unfinished('base')).toEqual([]);
    expect(unfinished('gone-step')).toEqual([]);
  });

  it('a living process keeps what it is at', async () => {
    const living = new ResultCache(folder, processMark()).begin('base');
    await run([step('base')]);
    expect(existsSync(living)).toBe(true);
  });

  it('a record without result is swept; other files of the cache are let alone', async () => {
    mkdirSync(join(folder, 'base'));
    const orphan = join(folder, 'base', `${'0'.repeat(64)}.json`);
    const other = join(folder, 'base', 'notes.json');
    for (const path of [orphan, other]) writeFileSync(path, '{}');
    await run([step('base')]);
    expect(existsSync(orphan)).toBe(false);
    expect(existsSync(other)).toBe(true);
  });

  it('of two that made the same, the first stays', async () => {
    const cache = new ResultCache(folder);
    const [first, second] = [cache.begin('base'), cache.begin('base')];
    writeFileSync(join(first, 'text'), 'first');
    writeFileSync(join(second, 'text'), 'second');
    const result = await cache.commit('base', 'a'.repeat(64), first, {});
    expect(await cache.commit('base', 'a'.repeat(64), second, {})).toBe(result);
    expect(readFileSync(join(result, 'text'), 'utf8')).toBe('first');
    expect(unfinished('base')).toEqual([]);
  });
});

describe('keys', () => {
  it('depend on values, not on the order of names', () => {
    expect(resultKey('s', { a: 1, b: { c: 2, d: 3 } }, {})).toBe(
      resultKey('s', { b: { d: 3, c: 2 }, a: 1 }, {}),
    );
    const different = [
      resultKey('s', { a: [1, 2] }, {}),
      resultKey('s', { a: [2, 1] }, {}),
      resultKey('t', { a: [1, 2] }, {}),
      resultKey('s', { a: [1, 2] }, { base: 'x' }),
    ];
    expect(new Set(different).size).toBe(different.length);
  });

  it.each([
    ['a Map', new Map([['a', 1]])],
    ['a Set', { deep: [new Set([1])] }],
    ['a function', { f: () => 1 }],
    ['a pattern', { b: /x/ }],
  ])('%s is no input: its content would not count', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow('must be plain JSON');
  });
});
