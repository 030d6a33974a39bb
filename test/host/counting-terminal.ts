// A counting guest in a VM, and its serial port: what it has counted to, and how long it was silent.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleClient, type Login, openConsole } from './console-client.ts';
import { countingDisk, countsIn } from './counting-guest.ts';
import type { TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

/** As often as the PC's timer ticks (1193182 Hz / 65536), halved: it never counts faster, and it may well count slower. */
const countsPerSecond = 1193182 / 65536 / 2;

/** Parameters of a VM that boots from a counting disk, which is put on the daemon's storage. */
export async function countingVm(daemon: TestDaemon, options?: { readonly writes: boolean }) {
  const folder = join(daemon.storagePath, 'import');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'counting.raw'), countingDisk(options));
  return {
    ...{ serial0: 'socket', scsihw: 'virtio-scsi-pci', boot: 'order=virtio0' },
    virtio0: 'local:0,import-from=local:import/counting.raw',
  };
}

export async function openTerminal(daemon: TestDaemon, login: Login, vmid: number): Promise<ConsoleClient> {
  const grant = await openConsole(daemon, login, vmid, 'termproxy');
  const client = await ConsoleClient.connect(daemon, vmid, grant, { cookie: login.cookie });
  client.send(`${grant.user}:${grant.ticket}\n`);
  await client.expect('OK');
  return client;
}

/** Waits until it has counted, and to so much at least; answers all counts that came. */
export async function counted(client: ConsoleClient, atLeast: number): Promise<number[]> {
  return eventually(`the count of ${atLeast}`, 30_000, () => {
    const counts = countsIn(client.received);
    const last = counts.at(-1);
    return last !== undefined && last >= atLeast && counts;
  });
}

/** Numbers that were on their way to us. */
const slack = 5;

/** What it can have counted to at most now, when `from` was the last that was heard at the moment `since` of `performance.now()`. */
export function mostCounted(from: number, since: number): number {
  return from + slack + ((performance.now() - since) / 1000) * countsPerSecond;
}

const lookMs = 10;
/** When a look comes so late, it was this process that stood: what the guest said meanwhile is read only after it. */
const ownLateMs = 50;

/** The longest silence of the guest, in milliseconds, while the work is done. */
export async function longestSilence(
  client: Pick<ConsoleClient, 'received'>,
  work: () => Promise<unknown>,
): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let looked = last;
  let { length } = client.received;
  /** Since when this process stood, until it is seen whether the guest spoke in that time. */
  let stoodSince: number | undefined;
  const judge = (now: number) => {
    const spoke = client.received.length > length;
    longest = Math.max(longest, (spoke ? (stoodSince ?? now) : now) - last);
    if (spoke) last = now;
    length = client.received.length;
    stoodSince = undefined;
  };
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - looked > lookMs + ownLateMs) stoodSince ??= looked;
    else judge(now);
    looked = now;
  }, lookMs);
  try {
    await work();
    judge(performance.now());
    return Math.round(longest);
  } finally {
    clearInterval(timer);
  }
}
