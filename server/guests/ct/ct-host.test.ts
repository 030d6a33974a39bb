// Facts of the host: what can be told without one of a known make.
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { readCtHost, readSetupFacts } from './ct-host.ts';

test('this host', async () => {
  const host = readCtHost({
    ...{ base: '/run/x', prefix: 'x.', hooksFolder: '/h', filesFolder: '/f' },
    bindMounts: () => ({ allowed: [], own: [] }),
  });
  expect(host.onlineCpus().length).toBeGreaterThanOrEqual(availableParallelism());
  expect(host.bridge('nosuchbridge')).toBeUndefined();
  expect(host.device('/dev/null')).toEqual({ type: 'c', major: 1, minor: 3 });
  expect(host.device('/dev')).toBeUndefined();
  const facts = await readSetupFacts([]);
  expect(facts.searchDomain).not.toBe('.');
  for (const address of facts.nameservers) expect(address).toMatch(/^[0-9a-fA-F.:]+$/);
  expect(facts.timezone).toMatch(/^\w/);
});
