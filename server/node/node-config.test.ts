// Notes of a node and its delay: kept, changed by whoever saw them last.
import { expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { createNodeConfig } from './node-config.ts';

const change = { set: {}, remove: [], digest: undefined };

test('is empty, then what it was set to, then without what was deleted', async () => {
  const store = createMemoryStore();
  const config = createNodeConfig({ store, node: 'pve1' });
  const { digest: first, ...empty } = config.read();
  expect(empty).toEqual({});
  await config.change({
    ...change,
    set: { description: '# Rack 2', 'startall-onboot-delay': 30, 'ballooning-target': 70 },
    digest: first,
  });
  expect(config.read()).toMatchObject({ description: '# Rack 2', 'startall-onboot-delay': 30 });
  expect(config.read('description')).toEqual({ description: '# Rack 2', digest: config.read().digest });
  expect(config.read('acme')).toEqual({ digest: config.read().digest });
  expect(config.read('ballooning-target')).toMatchObject({ 'ballooning-target': 70 });
  await config.change({ ...change, remove: ['description', 'ballooning-target'] });
  expect(createNodeConfig({ store, node: 'pve1' }).read()).toEqual({
    'startall-onboot-delay': 30,
    digest: config.read().digest,
  });
});

test('refuses what is stale, unknown or contradictory, and changes nothing', async () => {
  const config = createNodeConfig({ store: createMemoryStore(), node: 'pve1' });
  const { digest } = config.read();
  await config.change({ ...change, set: { description: 'first' } });
  const before = config.read();
  await expect(config.change({ ...change, set: { description: 'second' }, digest })).rejects.toMatchObject({
    code: 'wrong-state',
  });
  await expect(config.change({ ...change, remove: ['colour'] })).rejects.toMatchObject({
    fields: { delete: expect.stringContaining("'colour'") },
  });
  await expect(
    config.change({ ...change, set: { description: 'x' }, remove: ['description'] }),
  ).rejects.toMatchObject({ code: 'invalid-input' });
  expect(config.read()).toEqual(before);
});
