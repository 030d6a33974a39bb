// What makes a booted image healthy: a table of checks, each against what was well before the switch.
import { z } from 'zod';
import type { LocalGet } from './local-get.ts';
import type { Baseline } from './update-records.ts';

/** What the checks can ask. */
export interface TrialProbe {
  readonly get: LocalGet;
  /** Addresses that others can reach. */
  readonly addresses: () => readonly string[];
}

export interface TrialCheck {
  /** `daemon`, in reports. */
  readonly name: string;
  /** Undefined when all is well, else what is still missing, in words. May reject: then that is what is missing. */
  readonly check: (probe: TrialProbe, baseline: Baseline) => Promise<string | undefined>;
}

const storageLines = z.array(
  z.object({ storage: z.string(), active: z.number().optional(), problem: z.string().optional() }),
);
const guestLines = z.array(z.object({ vmid: z.number(), status: z.string() }));

export const trialChecks: readonly TrialCheck[] = [
  {
    name: 'daemon',
    check: async ({ get }) => {
      await get('/version');
      return undefined;
    },
  },
  {
    name: 'address',
    check: async ({ addresses }, { addressUp }) =>
      !addressUp || addresses().length > 0 ? undefined : 'no network address that others can reach',
  },
  {
    name: 'storages',
    check: async ({ get }, baseline) => {
      if (baseline.storages.length === 0) return undefined;
      const lines = storageLines.parse(await get('/nodes/localhost/storage'));
      const missing = baseline.storages.flatMap((id) => {
        const line = lines.find(({ storage }) => storage === id);
        if (line?.active === 1) return [];
        return [line?.problem === undefined ? id : `${id} (${line.problem})`];
      });
      return missing.length === 0 ? undefined : `not active: ${missing.join(', ')}`;
    },
  },
  {
    name: 'guests',
    check: async ({ get }, { guests }) => {
      if (guests.length === 0) return undefined;
      const lines = guestLines.parse(await get('/cluster/resources?type=vm'));
      const runs = new Set(lines.flatMap(({ vmid, status }) => (status === 'running' ? [vmid] : [])));
      const missing = guests.filter((vmid) => !runs.has(vmid));
      return missing.length === 0 ? undefined : `not running: ${missing.join(', ')}`;
    },
  },
];
