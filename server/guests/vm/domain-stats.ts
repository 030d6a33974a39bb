// libvirt's statistics of one domain as a guest's counters.
import type { ParameterValue } from 'node-libvirt';
import { StatsGroup } from 'node-libvirt';
import type { GuestStats } from '../guest-driver.ts';

/** The groups that are read. The others ask QEMU more than they tell: `vcpu` alone triples the time. */
export const statsGroups =
  StatsGroup.state | StatsGroup.cpuTotal | StatsGroup.balloon | StatsGroup.interface | StatsGroup.block;

/** The guest is asked every ten seconds; one that is silent for so long has lost its driver, or stands. */
const silentSeconds = 60;

/** `cpus` comes from the domain's description. Fields a busy domain left out count as 0, or as not known. */
export function readGuestStats(
  vmid: number,
  cpus: number,
  values: ReadonlyMap<string, ParameterValue>,
  now = Date.now(),
): GuestStats {
  const number = (field: string): number => {
    const value = values.get(field);
    return typeof value === 'number' ? value : 0;
  };
  const sum = (group: string, field: string): number => {
    let total = 0;
    for (let i = 0; i < number(`${group}.count`); i++) total += number(`${group}.${i}.${field}`);
    return total;
  };
  const availableKib = number('balloon.available');
  const residentKib = number('balloon.rss');
  const heard = availableKib > 0 && now / 1000 - number('balloon.last-update') < silentSeconds;
  return {
    vmid,
    cpuTimeNs: number('cpu.time'),
    cpus,
    // What the guest uses is known only when its balloon driver tells.
    memoryBytes: availableKib > 0 ? (availableKib - number('balloon.unused')) * 1024 : undefined,
    residentBytes: residentKib > 0 ? residentKib * 1024 : undefined,
    netInBytes: sum('net', 'rx.bytes'),
    netOutBytes: sum('net', 'tx.bytes'),
    diskReadBytes: sum('block', 'rd.bytes'),
    diskWriteBytes: sum('block', 'wr.bytes'),
    ...(heard
      ? {
          balloon: {
            sizeBytes: number('balloon.current') * 1024,
            maxBytes: number('balloon.maximum') * 1024,
            freeBytes: Math.max(number('balloon.usable'), number('balloon.unused')) * 1024,
          },
        }
      : {}),
  };
}
