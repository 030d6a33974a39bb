// Nobody is locked out by stopping a service, and no container loses its /proc.
import { describe, expect, it } from 'vitest';
import { nodeServices } from './node-services.ts';
import { neverStopped, serviceRefusal } from './service-actions.ts';

describe('a service of a node', () => {
  it('without which nobody reaches it is never stopped, and may be restarted', () => {
    for (const service of neverStopped) {
      expect(serviceRefusal(service, 'stop', false)).toEqual({ reason: 'never-stopped', service });
      expect(serviceRefusal(service, 'restart', true)).toBeUndefined();
    }
    const stoppable = nodeServices.filter((one) => serviceRefusal(one, 'stop', false) === undefined);
    expect(stoppable.length + neverStopped.length).toBe(nodeServices.length);
  });

  it('that containers need is neither stopped nor restarted while any of them runs', () => {
    expect(serviceRefusal('lxcfs', 'stop', true)).toEqual({ reason: 'containers-running' });
    expect(serviceRefusal('lxcfs', 'restart', true)).toEqual({ reason: 'containers-running' });
    expect(serviceRefusal('lxcfs', 'reload', true)).toBeUndefined();
    expect(serviceRefusal('lxcfs', 'restart', false)).toBeUndefined();
  });

  it('may always be started and reloaded', () => {
    for (const service of nodeServices) {
      expect(serviceRefusal(service, 'start', true)).toBeUndefined();
      expect(serviceRefusal(service, 'reload', true)).toBeUndefined();
    }
  });
});
