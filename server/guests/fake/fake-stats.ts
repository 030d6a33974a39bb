// Counters of a fake guest: they grow with time, differ between guests, and are the same for the same guest and time.
import type { GuestStats } from '../guest-driver.ts';

const gibibyte = 1024 ** 3;

/** `ageMs`: how long the guest has run. */
export function fakeStats(vmid: number, ageMs: number): GuestStats {
  const seconds = ageMs / 1000;
  const cpus = 1 + (vmid % 4);
  // Busy between a tenth and nine tenths; its integral over time, so that the counter never falls.
  const phase = vmid % 60;
  const busySeconds =
    0.5 * seconds - 0.4 * (Math.cos((seconds + phase) / 20) - Math.cos(phase / 20)) * 20 * 0.5;
  const memoryBytes = Math.round(gibibyte * (0.4 + 0.2 * Math.sin((seconds + phase) / 60)));
  return {
    vmid,
    cpuTimeNs: Math.round(busySeconds * cpus * 1e9),
    cpus,
    memoryBytes,
    residentBytes: memoryBytes + 64 * 1024 ** 2,
    netInBytes: Math.round(seconds * 1000 * (1 + (vmid % 50))),
    netOutBytes: Math.round(seconds * 300 * (1 + (vmid % 70))),
    diskReadBytes: Math.round(seconds * 4096 * (1 + (vmid % 30))),
    diskWriteBytes: Math.round(seconds * 8192 * (1 + (vmid % 20))),
  };
}
