// Services as systemd tells of them, what may be done with them, and what is asked of systemd.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { NodeServiceName, ServiceAction, ServiceState } from '../contract/node-services.ts';
import type { Exec } from '../core/exec.ts';
import { assertServiceAction } from './service-rules.ts';
import { createSystemServices, serviceNamed, unitOf } from './system-services.ts';

const shown = readFileSync(new URL('testdata/systemctl-show.composed.txt', import.meta.url), 'utf8');
const signal = new AbortController().signal;

function recording(stdout = shown) {
  const runs: string[] = [];
  const exec: Exec = async (file, args) => {
    runs.push([file, ...args].join(' '));
    return { exitCode: 0, stdout, stderr: '' };
  };
  return { runs, services: (booted: boolean) => createSystemServices({ exec, booted: () => booted }) };
}

test('one process tells of all, by the names that the API has', async () => {
  const { runs, services } = recording();
  const states = await services(true).states([
    'croft',
    'lxcfs',
    'sshd',
    'chrony',
    'corosync',
    'postfix',
    'pveproxy',
  ]);
  const line = (one: ServiceState) =>
    [one.service, one.name, one.desc, one.state, one['active-state'], one['unit-state']].join(' | ');
  expect(states.map(line)).toEqual([
    'croft | croft | Croft | running | active | enabled',
    'lxcfs | lxcfs | FUSE filesystem for LXC | failed | failed | enabled',
    'sshd | ssh | OpenBSD Secure Shell server | running | active | enabled',
    'chrony | chrony | Time from the network | dead | inactive | not-found',
    'corosync | corosync | Corosync Cluster Engine | unknown | inactive | masked',
    'postfix | postfix | postfix | dead | inactive | not-found',
    'pveproxy | croft | Croft | running | active | enabled',
  ]);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatch(
    /^systemctl show .* -- croft\.service lxcfs\.service ssh\.service chrony\.service /,
  );
});

test('where systemd does not run nothing is known, nothing is asked and nothing is done', async () => {
  const { runs, services } = recording();
  const parts = services(false);
  const [state] = await parts.states(['sshd']);
  expect(state).toMatchObject({ state: 'unknown', 'active-state': 'unknown', 'unit-state': 'unknown' });
  await expect(parts.act('start', 'sshd', signal)).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('systemd does not run'),
  });
  expect(runs).toEqual([]);
});

test('what is asked of systemd; a restart of the daemon is not waited for', async () => {
  const { runs, services } = recording('');
  const parts = services(true);
  await parts.act('start', 'sshd', signal);
  await parts.act('reload', 'lxcfs', signal);
  await parts.act('restart', 'croft', signal);
  await parts.act('start', 'croft', signal);
  expect(runs).toEqual([
    'systemctl start -- ssh.service',
    'systemctl reload-or-restart -- lxcfs.service',
    'systemctl --no-block restart -- croft.service',
    'systemctl start -- croft.service',
  ]);
});

test('names', () => {
  expect(serviceNamed('pvedaemon')).toBe('croft');
  expect(serviceNamed('postfix')).toBeUndefined();
  expect(unitOf('sshd')).toBe('ssh.service');
  expect(unitOf('pve-cluster')).toBeUndefined();
});

function verdict(
  service: NodeServiceName,
  action: ServiceAction,
  facts: { problem?: string; unit?: ServiceState['unit-state']; containersRunning?: boolean } = {},
): string {
  const { problem, unit = 'enabled', containersRunning = false } = facts;
  const state: ServiceState = {
    ...{ service, name: service, desc: '', state: 'running', 'active-state': 'active' },
    'unit-state': unit,
  };
  try {
    assertServiceAction(service, action, { problem, state, containersRunning });
    return 'yes';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('nobody is locked out, and no container loses its /proc', () => {
  expect(verdict('croft', 'stop')).toBe('unsupported');
  expect(verdict('croft', 'restart')).toBe('yes');
  expect(verdict('sshd', 'stop')).toBe('unsupported');
  expect(verdict('systemd-networkd', 'stop')).toBe('unsupported');
  expect(verdict('corosync', 'stop')).toBe('yes');
  expect(verdict('lxcfs', 'restart')).toBe('yes');
  expect(verdict('lxcfs', 'restart', { containersRunning: true })).toBe('wrong-state');
  expect(verdict('lxcfs', 'stop', { containersRunning: true })).toBe('wrong-state');
  expect(verdict('lxcfs', 'reload', { containersRunning: true })).toBe('yes');
  expect(verdict('chrony', 'start', { unit: 'not-found' })).toBe('not-found');
  expect(verdict('corosync', 'start', { problem: 'no systemd' })).toBe('unsupported');
});
