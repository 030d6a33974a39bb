// What is refused of VMs and of containers, in the words that clients look for.
import { describe, expect, test } from 'vitest';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { GuestAction } from '../contract/guest-actions.ts';
import type { GuestKind } from './config/guest-document.ts';
import { assertAction } from './guest-state-rules.ts';
import type { GuestStates } from './guest-states.ts';

function refusal(kind: GuestKind, action: GuestAction, state: string, config: object = {}): unknown {
  const store = { read: () => ({ value: { kind, vmid: 100, config } }) } as unknown as ClusterStore;
  const states = { stateOf: () => state } as unknown as GuestStates;
  try {
    assertAction({ store, states }, 100, action, kind);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each([
  ['qemu', 'VM', 'VM 100 is running - destroy failed', 'pause'],
  ['lxc', 'CT', 'unable to destroy CT 100 - container is running', 'freeze'],
] as const)('of %s', (kind, label, notDestroyed, suspend) => {
  test.each<[GuestAction, string, object, string]>([
    ['start', 'running', {}, `${label} 100 already running`],
    ['shutdown', 'stopped', {}, `${label} 100 not running`],
    ['stop', 'stopped', {}, `${label} 100 not running`],
    ['reboot', 'stopped', {}, `${label} 100 not running`],
    ['delete', 'running', {}, notDestroyed],
    ['delete', 'paused', {}, notDestroyed],
    ['suspend', 'stopped', {}, `cannot ${suspend} ${label} 100: it is not running`],
    ['start', 'stopped', { lock: 'backup' }, `cannot start ${label} 100: another operation holds it`],
    ['start', 'stopped', { template: 1 }, `cannot start ${label} 100: it is a template`],
    ['delete', 'stopped', { protection: 1 }, `cannot remove ${label} 100: it is protected`],
  ])('%s while %s %j', (action, state, config, message) => {
    expect(refusal(kind, action, state, config)).toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining(message),
      data: { state, action },
    });
  });

  test('what its state allows goes ahead', () => {
    expect(refusal(kind, 'start', 'stopped')).toBeUndefined();
    expect(refusal(kind, 'stop', 'running', { lock: 'backup' })).toBeUndefined();
  });
});

test('a container differs where the table says so', () => {
  expect(refusal('qemu', 'console', 'paused')).toBeUndefined();
  expect(refusal('lxc', 'console', 'paused')).toMatchObject({ message: expect.stringContaining('paused') });
  expect(refusal('qemu', 'reset', 'running')).toBeUndefined();
  expect(refusal('lxc', 'reset', 'running')).toMatchObject({
    message: expect.stringContaining('only a virtual machine'),
  });
});

test('a guest of the other kind is not found', () => {
  const store = {
    read: () => ({ value: { kind: 'lxc', vmid: 100, config: {} } }),
  } as unknown as ClusterStore;
  const states = { stateOf: () => 'stopped' } as unknown as GuestStates;
  expect(() => assertAction({ store, states }, 100, 'start')).toThrow(
    'Configuration file for VM 100 does not exist',
  );
});
