// Reads /proc/drbd of the kernel's DRBD 8.4 and tells in words what an administrator should know. Pure.

export interface DeviceStatus {
  /** The minor number: `/dev/drbd<number>`. */
  readonly number: number;
  /** `Connected`, `WFConnection`, `StandAlone`, `SyncSource`, `SyncTarget`, ...; `Unconfigured` of one that is down. */
  readonly connection: string;
  /** `Primary`, `Secondary`, `Unknown`. */
  readonly role: string;
  readonly peerRole: string;
  /** `UpToDate`, `Inconsistent`, `Outdated`, `Diskless`, `DUnknown`, ... */
  readonly disk: string;
  readonly peerDisk: string;
  /** Percent of a resync that is done; undefined while there is none. */
  readonly syncedPercent: number | undefined;
  /** What the two sides do not share, in KiB. */
  readonly outOfSyncKib: number;
}

/** In the file's order. Lines of another form are left out: the versions differ in those. */
export function readProcDrbd(text: string): DeviceStatus[] {
  const found: DeviceStatus[] = [];
  for (const block of text.split(/^(?= *\d+: cs:)/m)) {
    const head = /^ *(\d+): cs:(\w+)(?: ro:(\w+)\/(\w+) ds:(\w+)\/(\w+))?/.exec(block);
    if (!head) continue;
    const percent = /(?:sync'ed|verified):\s*([\d.]+)%/.exec(block)?.[1];
    found.push({
      number: Number(head[1]),
      connection: head[2]!,
      role: head[3] ?? 'Unknown',
      peerRole: head[4] ?? 'Unknown',
      disk: head[5] ?? 'Unknown',
      peerDisk: head[6] ?? 'Unknown',
      syncedPercent: percent === undefined ? undefined : Number(percent),
      outOfSyncKib: Number(/\boos:(\d+)/.exec(block)?.[1] ?? 0),
    });
  }
  return found;
}

/** What is not well with a volume's mirror; empty when all is. `peer`: the other node's name. */
export function mirrorWarnings(volume: string, peer: string, status: DeviceStatus | undefined): string[] {
  if (status === undefined || status.connection === 'Unconfigured')
    return [`${volume}: its mirror is not started`];
  const warnings: string[] = [];
  if (status.connection === 'StandAlone')
    warnings.push(
      `${volume}: both sides were changed while they did not see each other (split brain), or the peer was refused: choose the side whose data is to be kept`,
    );
  else if (status.connection === 'SyncSource' || status.connection === 'SyncTarget') {
    const done = status.syncedPercent === undefined ? '' : `, ${status.syncedPercent} % done`;
    const way = status.connection === 'SyncSource' ? `to ${peer}` : `from ${peer}`;
    warnings.push(`${volume}: is being copied ${way}${done}; until then there is one whole copy only`);
  } else if (!['Connected', 'VerifyS', 'VerifyT'].includes(status.connection))
    warnings.push(`${volume}: node ${peer} does not answer: what is written is on one node only`);
  if (['Diskless', 'Failed', 'Detaching'].includes(status.disk))
    warnings.push(`${volume}: this node's disk failed: it is read from ${peer}`);
  else if (['Inconsistent', 'Outdated'].includes(status.disk) && status.connection !== 'SyncTarget')
    warnings.push(`${volume}: this node's copy is not up to date`);
  if (['Diskless', 'Failed'].includes(status.peerDisk))
    warnings.push(`${volume}: the disk of ${peer} failed`);
  return warnings;
}
