// What the tests of the services share: who asks, and that a refusal changes nothing.
import { expect } from 'vitest';
import type { Privilege } from '../contract/permission.ts';
import type { Asker } from './guest-requests.ts';

export const root: Asker = { requester: 'root@pam', may: () => true };

/** Somebody who may do everything but this. */
export const without = (path: string, privilege: Privilege): Asker => ({
  requester: 'user@pve',
  may: (at, what) => at !== path || what !== privilege,
});

/** Somebody who may do these and nothing else: `/vms/100 VM.Backup`. */
export const only = (...allowed: string[]): Asker => ({
  requester: 'joe@pve',
  may: (path, privilege) => allowed.includes(`${path} ${privilege}`),
});

/** Calls, and gives the error to expect things of; nothing has changed and no task begun. */
export async function refusedBy(
  world: { snapshot(): Promise<unknown> },
  started: readonly unknown[],
  call: () => Promise<unknown>,
) {
  const before = await world.snapshot();
  const error: unknown = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(started).toEqual([]);
  expect(await world.snapshot()).toEqual(before);
  return expect(error);
}
