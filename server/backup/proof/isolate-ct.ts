// The configuration of a backup as a container gets it that only shows whether it comes up: no network, nothing of the host, no more memory than there is. Pure.
import { isFixedAddress, readCtNic, renderCtNic } from '../../guests/ct/config/read-ct-devices.ts';
import type { CtBackupConf } from '../restore/ct-backup-conf.ts';
import { ruleOf, shown } from '../restore/stranger-words.ts';
import type { Isolated } from './trial-memory.ts';

/** They would start it again some day, or keep it from being removed. */
const leftOut = /^(lock|onboot|parent|protection|startup|tags|template)$/;
/** MiB, when nothing is said. */
const usualMemory = 512;

/** `memoryFor` answers what it may have, in MiB, for what it had; it may throw. Folders and devices of the host are left out by the restore. */
export function isolateCt(
  conf: CtBackupConf,
  memoryFor: (wishMib: number) => number,
): Isolated<CtBackupConf> {
  const notes: string[] = [];
  const keys = new Map<string, string>();
  for (const [key, value] of conf.keys) {
    if (leftOut.test(key)) continue;
    const plain = /^net\d+$/.test(key) ? unplugged(key, value, notes) : value;
    if (plain !== undefined) keys.set(key, plain);
  }
  const wish = memoryOf(conf.keys.get('memory'));
  const memory = memoryFor(wish);
  keys.set('memory', String(memory));
  // Also of the host's swap it takes none that others may need.
  if (memory < wish) {
    notes.push(`memory: ${memory} MiB of ${wish}, as much as is free`);
    keys.set('swap', '0');
  }
  return { conf: { ...conf, keys, snapshots: 0 }, notes, memoryMib: memory, isCapped: memory < wish };
}

/**
 * A card whose host's end is down, on no bridge and with no route to it: inside there is the same name with the same fixed addresses,
 * so that what binds to them starts. Nobody is asked for an address: there is nobody to answer.
 */
function unplugged(key: string, text: string, notes: string[]): string | undefined {
  try {
    const nic = readCtNic(key, text);
    const kept = (address: string | undefined) =>
      address === undefined || isFixedAddress(address) ? address : 'manual';
    return renderCtNic({
      ...{ key, index: nic.index, name: nic.name, hostManaged: nic.hostManaged, mtu: undefined },
      ...{ ip: kept(nic.ip), ip6: kept(nic.ip6), gw: undefined, gw6: undefined },
      ...{ mac: undefined, bridge: undefined, firewall: false, linkDown: true },
      ...{ rate: undefined, tag: undefined, trunks: [] },
    });
  } catch (error) {
    notes.push(`${key}: left out, it was ${shown(text)}: ${ruleOf(key, error)}`);
    return undefined;
  }
}

function memoryOf(text: string | undefined): number {
  const number = Number(text ?? usualMemory);
  return Number.isSafeInteger(number) && number > 0 ? number : usualMemory;
}
