// Faults for tests: outside calls that fail, or never answer, at a chosen one of them, before or after their effect.

/**
 * `throw-before`: the call does nothing and fails. `throw-after`: it has its effect, and its answer is a failure.
 * `hang-before`, `hang-after`: the same, but no answer ever comes, as for a process that is killed there.
 */
export type FaultMode = 'throw-before' | 'throw-after' | 'hang-before' | 'hang-after';

export const faultModes: readonly FaultMode[] = ['throw-before', 'throw-after', 'hang-before', 'hang-after'];

/** The failure of a call that was made to fail. */
export class InjectedFault extends Error {}

/** Names of the methods of T that answer with a promise. */
type AsyncMethods<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof T];

export class Faults {
  #calls = 0;
  #armed: { readonly at: number; readonly mode: FaultMode; readonly onHit: () => void } | undefined;

  /** How many calls were made since the last `arm`. */
  get calls(): number {
    return this.#calls;
  }

  /** The `at`-th call from now on, counted from 1, goes wrong; all others are as they always are. 0: none does. */
  arm(at: number, mode: FaultMode, onHit: () => void = () => {}): void {
    this.#calls = 0;
    this.#armed = { at, mode, onHit };
  }

  /** The same object, its named methods counted and subject to faults. */
  wrap<T extends object>(target: T, methods: readonly AsyncMethods<T>[]): T {
    const names = new Set<PropertyKey>(methods);
    return new Proxy(target, {
      get: (object, property) => {
        const member: unknown = Reflect.get(object, property, object);
        if (typeof member !== 'function') return member;
        const call = (args: unknown[]): unknown => Reflect.apply(member, object, args);
        if (!names.has(property)) return (...args: unknown[]) => call(args);
        return (...args: unknown[]) => this.#count(() => call(args));
      },
    });
  }

  async #count(call: () => unknown): Promise<unknown> {
    this.#calls++;
    const armed = this.#armed?.at === this.#calls ? this.#armed : undefined;
    if (!armed) return call();
    if (armed.mode.endsWith('after')) await call();
    armed.onHit();
    if (armed.mode.startsWith('hang')) return new Promise(() => {});
    throw new InjectedFault('a fault made by the test');
  }
}
