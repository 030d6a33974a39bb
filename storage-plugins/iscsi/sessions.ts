// The node's iSCSI sessions and the LUNs behind them, as the kernel shows them in sysfs: no program, no question to a dead target.
import type { ListedDevice } from '../block-devices/device-volumes.ts';
import type { DeviceLink, Sysfs } from '../block-devices/sysfs.ts';
import type { Portal } from './iscsi-names.ts';

export interface Session {
  readonly id: number;
  readonly target: string;
  /** The portal that it was made to. */
  readonly portal: Portal;
  /** `LOGGED_IN`; `FAILED` while iscsid tries to get it back; `FREE`. */
  readonly state: string;
}

/** A disk behind a session: one path to a LUN. */
export interface LunPath {
  readonly session: number;
  /** The LUN's address: `<channel>.<id>.<lun>`. */
  readonly address: string;
  readonly kernelName: string;
  /** `running`; other words while it cannot be used: `transport-offline`, `offline`, `blocked`. */
  readonly state: string;
}

const sessionsFolder = '/sys/class/iscsi_session';
const connectionsFolder = '/sys/class/iscsi_connection';

/** Sessions of the target, sorted by number. */
export async function readSessions(sysfs: Sysfs, target: string): Promise<Session[]> {
  const names = await sysfs.names(sessionsFolder);
  const sessions = await Promise.all(
    names.map(async (name) => {
      const id = Number(/^session(\d+)$/.exec(name)?.[1] ?? Number.NaN);
      const connection = `${connectionsFolder}/connection${id}:0`;
      const [found, state, host, port] = await Promise.all([
        sysfs.text(`${sessionsFolder}/${name}/targetname`),
        sysfs.text(`${sessionsFolder}/${name}/state`),
        sysfs.text(`${connection}/persistent_address`),
        sysfs.text(`${connection}/persistent_port`),
      ]);
      return { id, target: found, portal: { host, port: Number(port) }, state };
    }),
  );
  return sessions
    .filter((session) => session.target === target && Number.isInteger(session.id))
    .sort((a, b) => a.id - b.id);
}

/** The disks behind the sessions; LUNs that are none (enclosures, tapes) are left out. */
async function readLunPaths(sysfs: Sysfs, sessions: readonly Session[]): Promise<LunPath[]> {
  const found = await Promise.all(sessions.map((session) => pathsOf(sysfs, session)));
  return found.flat();
}

async function pathsOf(sysfs: Sysfs, session: Session): Promise<LunPath[]> {
  const device = `${sessionsFolder}/session${session.id}/device`;
  const targets = (await sysfs.names(device)).filter((name) => /^target\d+:\d+:\d+$/.test(name));
  const paths: LunPath[] = [];
  for (const target of targets) {
    for (const unit of await sysfs.names(`${device}/${target}`)) {
      const match = /^\d+:(\d+):(\d+):(\d+)$/.exec(unit);
      if (!match) continue;
      const [kernelName] = await sysfs.names(`${device}/${target}/${unit}/block`);
      if (kernelName === undefined) continue;
      const state = await sysfs.text(`${device}/${target}/${unit}/state`);
      paths.push({ session: session.id, address: match.slice(1).join('.'), kernelName, state });
    }
  }
  return paths;
}

/** Kernel's names of all devices behind the sessions, with their LUNs' addresses: each path, or the multipath device that stands for it. */
export async function readLunDevices(
  sysfs: Sysfs,
  sessions: readonly Session[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { kernelName, address } of await readLunPaths(sysfs, sessions)) {
    const above = await multipathAbove(sysfs, kernelName);
    for (const name of above.length > 0 ? above : [kernelName]) found.set(name, address);
  }
  return found;
}

async function multipathAbove(sysfs: Sysfs, kernelName: string): Promise<string[]> {
  const holders = await sysfs.names(`/sys/class/block/${kernelName}/holders`);
  const ids = await Promise.all(holders.map((name) => sysfs.text(`/sys/class/block/${name}/dm/uuid`)));
  return holders.filter((_, index) => ids[index]!.startsWith('mpath-'));
}

/** LUNs, each once however many paths lead to it, and the addresses of those that tell no id and cannot be used. */
export interface Luns {
  readonly devices: readonly ListedDevice[];
  readonly withoutId: readonly string[];
}

/** What the volume names of LUNs look like: `0.0.1.scsi-36001405...`, address and udev's link. */
export const lunNamePattern = /^\d{1,10}\.\d{1,10}\.\d{1,20}\.scsi-[A-Za-z0-9][A-Za-z0-9_.:+@#-]{0,199}$/;

export async function readLuns(sysfs: Sysfs, sessions: readonly Session[]): Promise<Luns> {
  const [paths, links] = await Promise.all([readLunPaths(sysfs, sessions), sysfs.links()]);
  const found = new Map<string, ListedDevice>();
  const withoutId = new Set<string>();
  for (const path of paths) {
    const link = await linkOf(sysfs, links, paths, path);
    const name = `${path.address}.${link?.name}`;
    if (link === undefined || !lunNamePattern.test(name)) withoutId.add(path.address);
    else if (!found.has(name)) found.set(name, await listed(sysfs, links, paths, name, link));
  }
  const devices = [...found.values()].sort((a, b) => compareNames(a.name, b.name));
  return { devices, withoutId: [...withoutId].sort() };
}

/**
 * udev's link for the LUN. Of several paths it leads to one, or to the multipath device above: what is at the same address of another
 * session of the target and has no link of its own is the same LUN.
 */
async function linkOf(
  sysfs: Sysfs,
  links: readonly DeviceLink[],
  paths: readonly LunPath[],
  path: LunPath,
): Promise<DeviceLink | undefined> {
  const above = await sysfs.names(`/sys/class/block/${path.kernelName}/holders`);
  const others = paths.filter(({ address }) => address === path.address).map((other) => other.kernelName);
  for (const kernelName of [path.kernelName, ...above, ...others]) {
    const link = bestLink(links, kernelName);
    if (link !== undefined) return link;
  }
  return undefined;
}

/** The one that tells the device's own id, the best first: NAA, EUI-64, name string, T10 vendor, the rest. */
function bestLink(links: readonly DeviceLink[], kernelName: string): DeviceLink | undefined {
  const own = links.filter(
    (link) => link.kernelName === kernelName && link.name.startsWith('scsi-') && !/-part\d+$/.test(link.name),
  );
  const order = ['scsi-3', 'scsi-2', 'scsi-8', 'scsi-1', 'scsi-'];
  return order.map((prefix) => own.find(({ name }) => name.startsWith(prefix))).find((link) => link);
}

async function listed(
  sysfs: Sysfs,
  links: readonly DeviceLink[],
  paths: readonly LunPath[],
  name: string,
  link: DeviceLink,
): Promise<ListedDevice> {
  const multipath = links.find((other) => other.name === `dm-uuid-mpath-${link.name.slice('scsi-'.length)}`);
  const kernelName = multipath?.kernelName ?? link.kernelName;
  // A multipath device looks after its paths itself.
  const state = paths.find((path) => path.kernelName === kernelName)?.state ?? '';
  const device = await sysfs.device(kernelName);
  return {
    name,
    path: `/dev/disk/by-id/${multipath?.name ?? link.name}`,
    kernelName,
    sizeBytes: device?.sizeBytes ?? 0,
    problem: state === 'running' || state === '' ? undefined : `it cannot be used now (${state})`,
  };
}

/** By the numbers of the address, then by the id. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
