// The container driver on real LXC with busybox inside, unprivileged: the contract.
import { afterAll, beforeAll, describe } from 'vitest';
import { describeGuestDriver } from '../../../../test/contracts/guest-driver.ts';
import type { CtStart } from '../ct-driver.ts';
import { type context, type LxcWorld, makeLxcWorld, whyNoLxc } from './lxc-driver-fixture.ts';

const obstacle = whyNoLxc();
if (obstacle) console.warn(`container driver: skipped, ${obstacle}`);

describe.skipIf(obstacle !== undefined)('on real LXC', () => {
  let world: LxcWorld;
  let root: string;
  beforeAll(async () => {
    world = await makeLxcWorld('contract');
    root = await world.makeRoot('root');
  });
  afterAll(() => world.close());

  describeGuestDriver(
    'the LXC driver',
    async () => {
      const { driver } = world;
      /** The contract begins with a start; a container's file systems are mounted before. */
      const mounting = new Proxy(driver, {
        get(target, name) {
          if (name === 'start')
            return async (work: typeof context, spec: CtStart) => {
              if (!work.signal.aborted) await target.mount(work, spec.vmid, spec.mounts, true);
              return target.start(work, spec);
            };
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      return {
        driver: mounting,
        spec: (vmid) => world.spec(vmid, root),
        brokenSpec: (vmid) => world.spec(vmid, root, { lines: ['lxc.init.cmd = /no/such/program'] }),
        leftovers: async (vmid) => world.leftovers(vmid),
        consoles: [],
        resets: false,
        close: async () => {},
      };
    },
    7100,
  );
});
