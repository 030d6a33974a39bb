// What the page offers for a service, what it asks before, and how its state looks.
import { describe, expect, it } from 'vitest';
import type { NodeServiceName, ServiceAction, ServiceState } from '../../../server/contract/node-services.ts';
import { nodeServices } from '../../../server/contract/node-services.ts';
import { factsOf, questionOf, refusalOf, serviceActions, serviceTone } from './service-actions.ts';

const state = (
  service: NodeServiceName,
  active: ServiceState['active-state'],
  unit: ServiceState['unit-state'] = 'enabled',
): ServiceState => ({
  ...{ service, name: service, desc: '', state: 'running' },
  ...{ 'active-state': active, 'unit-state': unit },
});
const offered = (one: ServiceState): ServiceAction[] =>
  serviceActions.filter((action) => refusalOf(action, factsOf(one)) === undefined);

describe('a service', () => {
  it('that runs can be stopped, restarted and reloaded; one that does not can be started', () => {
    expect(offered(state('lxcfs', 'active'))).toEqual(['stop', 'restart', 'reload']);
    expect(offered(state('lxcfs', 'inactive'))).toEqual(['start']);
    expect(offered(state('lxcfs', 'failed'))).toEqual(['start', 'restart']);
  });

  it('that is not there, on its way, or behind no systemd can do nothing, and says which', () => {
    expect(refusalOf('start', factsOf(state('chrony', 'inactive', 'not-found')))).toBe(
      'nodeServices.notInstalled',
    );
    expect(refusalOf('stop', factsOf(state('lxcfs', 'deactivating')))).toBe('nodeServices.changing');
    expect(offered(state('lxcfs', 'activating'))).toEqual(['stop', 'restart']);
    expect(refusalOf('restart', factsOf(state('lxcfs', 'unknown', 'unknown')))).toBe(
      'nodeServices.noSystemd',
    );
    expect(refusalOf('start', factsOf(state('cron', 'inactive', 'masked')))).toBe('nodeServices.maskedHint');
  });

  it('without which nobody reaches the node is not stopped', () => {
    const stoppable = nodeServices.filter((one) => offered(state(one, 'active')).includes('stop'));
    expect(nodeServices.filter((one) => !stoppable.includes(one))).toEqual([
      ...['croft', 'apparmor', 'sshd', 'systemd-networkd', 'systemd-journald'],
    ]);
  });

  it('that containers need stays while any of them runs', () => {
    const lxcfs = factsOf(state('lxcfs', 'active'));
    expect(refusalOf('restart', lxcfs, true)).toBe('nodeServices.keeps.lxcfs');
    expect(refusalOf('stop', lxcfs, true)).toBe('nodeServices.keeps.lxcfs');
    expect(refusalOf('reload', lxcfs, true)).toBeUndefined();
  });

  it('is asked about before each stop, and before a restart that is felt; never before a start', () => {
    for (const service of nodeServices) {
      const facts = factsOf(state(service, 'active'));
      expect(questionOf('stop', facts)).toBe('nodeServices.stopText');
      expect(questionOf('start', facts)).toBeUndefined();
      expect(questionOf('reload', facts)).toBeUndefined();
    }
    expect(questionOf('stop', factsOf(state('corosync', 'active', 'disabled')))).toBe(
      'nodeServices.stopForGood',
    );
    expect(questionOf('restart', factsOf(state('croft', 'active')))).toBe('nodeServices.restarts.croft');
    expect(questionOf('restart', factsOf(state('cron', 'active')))).toBeUndefined();
  });

  it('that should run and does not looks like a warning', () => {
    expect(serviceTone(factsOf(state('cron', 'inactive')))).toBe('warn');
    expect(serviceTone(factsOf(state('cron', 'inactive', 'disabled')))).toBe('plain');
    expect(serviceTone(factsOf(state('cron', 'failed')))).toBe('bad');
    expect(serviceTone(factsOf(state('cron', 'active')))).toBe('ok');
  });
});
