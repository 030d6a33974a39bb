// From the drivers' counters to rates: processor share and bytes a second, past counters that begin anew.
import type { GuestStats } from '../guests/guest-driver.ts';

export interface GuestRates {
  /** Share of all its processors in use, 0 to 1. */
  readonly cpu: number;
  /** Bytes a second. */
  readonly netin: number;
  readonly netout: number;
  readonly diskread: number;
  readonly diskwrite: number;
}

/** Remembers each guest's last counters. */
export class GuestRateMeter {
  #last = new Map<number, { readonly at: number; readonly stats: GuestStats }>();

  /** Rates since the last measure, by vmid, for guests seen twice; guests that are gone are forgotten. `at` in milliseconds. */
  measure(at: number, all: readonly GuestStats[]): Map<number, GuestRates> {
    const rates = new Map<number, GuestRates>();
    const next = new Map<number, { at: number; stats: GuestStats }>();
    for (const stats of all) {
      const before = this.#last.get(stats.vmid);
      next.set(stats.vmid, { at, stats });
      const seconds = before ? (at - before.at) / 1000 : 0;
      // A guest that was started anew counts from zero: what it did before is not known.
      if (!before || seconds <= 0 || stats.cpuTimeNs < before.stats.cpuTimeNs) continue;
      const perSecond = (name: 'netInBytes' | 'netOutBytes' | 'diskReadBytes' | 'diskWriteBytes') =>
        Math.max(0, stats[name] - before.stats[name]) / seconds;
      rates.set(stats.vmid, {
        cpu: Math.min(
          1,
          (stats.cpuTimeNs - before.stats.cpuTimeNs) / 1e9 / seconds / Math.max(1, stats.cpus),
        ),
        netin: perSecond('netInBytes'),
        netout: perSecond('netOutBytes'),
        diskread: perSecond('diskReadBytes'),
        diskwrite: perSecond('diskWriteBytes'),
      });
    }
    this.#last = next;
    return rates;
  }
}
