// A crowd for the mock: thousands of guests more, of which some change their state all the time.
import { guestFixtures } from './fixtures.ts';
import type { World } from './world.ts';

/** The number of the crowd's first guest; the fixtures are below. */
export const crowdFrom = 1000;

export interface CrowdOptions {
  /** How many guests there are beside the fixtures. */
  readonly guests: number;
  /** State changes a second, each of one guest: it stops, or it starts again. */
  readonly changesPerSecond: number;
}

/** Puts the crowd into the world and keeps it moving until the returned function is called. */
export function addCrowd(world: World, { guests, changesPerSecond }: CrowdOptions): () => void {
  const patterns = guestFixtures();
  for (let i = 0; i < guests; i += 1) {
    const pattern = patterns[i % patterns.length]!;
    const vmid = crowdFrom + i;
    const item = { ...pattern, id: `qemu/${vmid}`, vmid, name: `${pattern.name}-${i}`, template: 0 as const };
    world.resources.set(item.id, item);
    world.configs.set(vmid, { name: item.name, memory: 2048, cores: 1 });
  }
  if (guests === 0 || changesPerSecond === 0) return () => {};
  const began = performance.now();
  let changed = 0;
  // Timers are late when there is much to do: what was missed is made up for.
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * changesPerSecond);
    for (; changed < due; changed += 1) {
      // A stride without a common divisor reaches all, far from each other.
      const id = `qemu/${crowdFrom + ((changed * 617) % guests)}`;
      const runs = world.resources.get(id)?.status === 'running';
      world.change(
        id,
        runs ? { status: 'stopped', cpu: 0, mem: 0, uptime: 0 } : { status: 'running', cpu: 0.1 },
      );
    }
  }, 1000 / changesPerSecond);
  return () => clearInterval(timer);
}
