// The table of actions: complete, and the rules that stand above it.
import { describe, expect, test } from 'vitest';
import {
  type GuestAction,
  guestActionNames,
  guestActionsOf,
  guestActionTable,
  guestStates,
  refusalOf,
  refusalSentences,
} from './guest-actions.ts';

describe('guest actions', () => {
  test('every refusal in the table has a sentence', () => {
    for (const row of Object.values(guestActionTable))
      for (const reason of Object.values(row)) if (reason) expect(refusalSentences[reason]).toBeTruthy();
    expect(refusalSentences['vm-only']).toBeTruthy();
  });

  test.each([
    ['start', 'stopped', undefined],
    ['start', 'running', 'already-running'],
    ['shutdown', 'running', undefined],
    ['shutdown', 'paused', 'is-paused'],
    ['stop', 'paused', undefined],
    ['stop', 'stopped', 'not-running'],
    ['resume', 'paused', undefined],
    ['resume', 'running', 'not-paused'],
    ['delete', 'running', 'still-running'],
    ['delete', 'paused', 'still-paused'],
    ['delete', 'suspended', 'still-suspended'],
    ['delete', 'stopped', undefined],
    ['start', 'levitating', 'state-unknown'],
  ] as const)('%s while %s: %s', (action, status, reason) => {
    expect(refusalOf(action, { status })).toBe(reason);
  });

  test('a container is frozen and thawed, but knows no reset, and a frozen one no terminal', () => {
    const container = (action: GuestAction, status: string) => refusalOf(action, { kind: 'lxc', status });
    expect(container('suspend', 'running')).toBeUndefined();
    expect(container('suspend', 'paused')).toBe('is-paused');
    expect(container('resume', 'paused')).toBeUndefined();
    expect(container('stop', 'paused')).toBeUndefined();
    expect(container('console', 'running')).toBeUndefined();
    expect(container('console', 'paused')).toBe('is-paused');
    expect(refusalOf('console', { status: 'paused' })).toBeUndefined();
    for (const status of [...guestStates, 'levitating']) expect(container('reset', status)).toBe('vm-only');
    expect(guestActionsOf('lxc')).toEqual(guestActionNames.filter((action) => action !== 'reset'));
    expect(guestActionsOf('qemu')).toEqual(guestActionNames);
  });

  test.each(['qemu', 'lxc'] as const)(
    'every state of a %s leaves something to do, and none allows both start and stop',
    (kind) => {
      for (const status of guestStates) {
        const possible = guestActionsOf(kind).filter((a) => refusalOf(a, { kind, status }) === undefined);
        expect(possible.length, status).toBeGreaterThan(0);
        expect(possible.includes('start') && possible.includes('stop'), status).toBe(false);
      }
    },
  );

  test('a template only goes away', () => {
    expect(refusalOf('start', { status: 'stopped', template: true })).toBe('is-template');
    expect(refusalOf('delete', { status: 'stopped', template: true })).toBeUndefined();
  });

  test('a lock holds back everything but stop and console', () => {
    expect(refusalOf('reboot', { status: 'running', lock: 'backup' })).toBe('is-locked');
    for (const action of ['stop', 'shutdown', 'suspend'] as const)
      expect(refusalOf(action, { status: 'running', lock: 'backup' })).toBeUndefined();
    expect(refusalOf('shutdown', { status: 'running', lock: 'migrate' })).toBe('is-locked');
    expect(refusalOf('start', { status: 'stopped', lock: 'backup' })).toBe('is-locked');
    expect(refusalOf('stop', { status: 'running', lock: 'backup' })).toBeUndefined();
    expect(refusalOf('console', { status: 'running', lock: 'backup' })).toBeUndefined();
  });

  test('protection holds back removal only', () => {
    expect(refusalOf('delete', { status: 'stopped', protection: true })).toBe('is-protected');
    expect(refusalOf('start', { status: 'stopped', protection: true })).toBeUndefined();
  });

  test('nothing is possible on a node that is away', () => {
    for (const action of guestActionNames)
      expect(refusalOf(action, { status: 'running', nodeOnline: false })).toBe('node-offline');
  });
});
