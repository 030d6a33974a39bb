// Stands in for vitest on an appliance, which has Node and nothing else: Node's own test runner under vitest's names, with vitest's `expect`.
import nodeTest from 'node:test';
import { format } from 'node:util';
// The bundle takes this one import from vitest itself; everybody else's `vitest` is this file.
import { expect } from 'vitest';

export { after as afterAll, afterEach, before as beforeAll, beforeEach } from 'node:test';
export { expect };

type Body = (...parameters: unknown[]) => unknown;
type Options = { readonly timeout?: number; readonly skip?: boolean };

/** Emulated machines are slow; without a limit one that waits for ever would keep the log from its end. */
const limitMs = 10 * 60_000;

/** Vitest takes options before the body, or a time limit after it. */
function parts(first: unknown, second: unknown): { options: Options; body: Body } {
  if (typeof first === 'function')
    return { options: typeof second === 'number' ? { timeout: second } : {}, body: first as Body };
  return { options: first as Options, body: second as Body };
}

/** `%s` and its like take the case's values in turn, `$name` one of its properties. */
export function caseName(name: string, values: readonly unknown[]): string {
  const [first] = values;
  const named = name.replaceAll(/\$(\w+)/g, (whole, key: string) =>
    typeof first === 'object' && first !== null && key in first ? String(Reflect.get(first, key)) : whole,
  );
  const used = [...named.replaceAll('%%', '').matchAll(/%[sdifjoO]/g)].length;
  // util.format leaves `%%` alone when it has nothing to put in.
  return used === 0 ? named.replaceAll('%%', '%') : format(named, ...values.slice(0, used));
}

type Declare = (name: string, options: Options, body: Body) => void;

function declarer(declare: Declare) {
  const plain = (name: string, first: unknown, second?: unknown) => {
    const { options, body } = parts(first, second);
    declare(name, options, body);
  };
  const each = (table: readonly unknown[]) => (name: string, first: unknown, second?: unknown) => {
    const { options, body } = parts(first, second);
    for (const row of table) {
      const values = Array.isArray(row) ? row : [row];
      declare(caseName(name, values), options, () => body(...values));
    }
  };
  const skip = (name: string, first: unknown, second?: unknown) => {
    const { options, body } = parts(first, second);
    declare(name, { ...options, skip: true }, body);
  };
  const skipIf = (reason: unknown) => (reason ? skip : plain);
  const runIf = (reason: unknown) => (reason ? plain : skip);
  return Object.assign(plain, { each, skip, skipIf, runIf });
}

export const describe = declarer((name, options, body) => {
  nodeTest.describe(name, { skip: options.skip ?? false }, () => void body());
});

export const test = declarer((name, options, body) => {
  nodeTest.test(
    name,
    { timeout: limitMs, ...options },
    async (context) => void (await body({ leaveOut: (why: string) => context.skip(why) })),
  );
});

export const it = test;
export const suite = describe;
