// The order of storages when nobody says where a volume goes.
import { expect, test } from 'vitest';
import type { PluginDeclaration } from '../../storage-plugins/plugin.ts';
import { inDefaultOrder, type StorageCandidate } from './default-storage.ts';

const declaration = {
  capabilities: [{ feature: 'snapshot', formats: ['qcow2'], states: ['current'], live: false }],
} as unknown as PluginDeclaration;

function candidate(id: string, more: Partial<StorageCandidate> = {}): StorageCandidate {
  return { id, declaration, formats: ['qcow2'], totalBytes: 100, nearlyFull: false, ...more };
}

test('room, then snapshots, then size, then the name; what makes no volumes comes last', () => {
  const ids = inDefaultOrder([
    candidate('target', { formats: [], totalBytes: 900 }),
    candidate('full', { nearlyFull: true, totalBytes: 800 }),
    candidate('thick', { formats: ['raw', 'qcow2'], totalBytes: 700 }),
    candidate('unknown', { totalBytes: undefined }),
    candidate('b'),
    candidate('a'),
    candidate('large', { totalBytes: 600 }),
  ]).map(({ id }) => id);
  expect(ids).toEqual(['large', 'a', 'b', 'unknown', 'thick', 'full', 'target']);
});
