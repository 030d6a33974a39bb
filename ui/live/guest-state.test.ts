// The state that people are told.
import { expect, test } from 'vitest';
import { shownState } from './guest-state.ts';

test('a machine that is stopped and locked as suspended is hibernated, and nothing else is', () => {
  expect(shownState({ type: 'qemu', status: 'stopped', lock: 'suspended' })).toBe('hibernated');
  expect(shownState({ type: 'qemu', status: 'stopped', lock: 'backup' })).toBe('stopped');
  // It is on its way there, or back.
  expect(shownState({ type: 'qemu', status: 'running', lock: 'suspended' })).toBe('running');
  expect(shownState({ type: 'lxc', status: 'stopped', lock: 'suspended' })).toBe('stopped');
  expect(shownState({ type: 'node', status: 'online' })).toBe('online');
});
