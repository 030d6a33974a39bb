// The configuration of a backup as a VM gets it that only shows whether it comes up: no network, nothing of the host, no more memory than there is. Pure.

import { memoryString } from '../../contract/qemu-strings.ts';
import { parseProperty } from '../../guests/config/config-keys.ts';
import { readNic, renderNic } from '../../guests/config/read-devices.ts';
import { ruleOf, shown } from '../restore/stranger-words.ts';
import type { VmBackupConf } from '../restore/vm-backup-conf.ts';
import type { Isolated } from './trial-memory.ts';

/** They would start it again some day, keep it from being removed, hold its processors, or hand it folders of the host. */
const leftOut =
  /^(autostart|balloon|freeze|lock|onboot|parent|protection|shares|startup|tags|template|virtiofs\d+)$/;
/** MiB, when nothing is said. */
const usualMemory = 512;

/**
 * `memoryFor` answers what it may have, in MiB, for what it had; it may throw. What reaches into the host (`hostpci0`, `args`,
 * `hookscript`, ...) a restore leaves out by itself when nobody restores over a guest that has it.
 */
export function isolateVm(
  conf: VmBackupConf,
  memoryFor: (wishMib: number) => number,
): Isolated<VmBackupConf> {
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
  // Without it the balloon would be moved: it is as large as it is to be.
  keys.set('balloon', '0');
  if (memory < wish) {
    notes.push(`memory: ${memory} MiB of ${wish}, as much as is free`);
    for (const key of conf.keys.keys()) if (/^numa\d*$/.test(key)) keys.delete(key);
  }
  const discs = new Map<string, string>();
  for (const [key, text] of conf.discs) {
    discs.set(key, 'none,media=cdrom');
    if (!text.startsWith('none')) notes.push(`${key}: its disc is left out`);
  }
  return { conf: { ...conf, keys, discs, snapshots: 0 }, notes, memoryMib: memory, isCapped: memory < wish };
}

/** A card with its link down, whose host's end is plugged into nothing. The address is another one (the restore makes it). */
function unplugged(key: string, text: string, notes: string[]): string | undefined {
  try {
    const nic = readNic(key, text);
    return renderNic({
      ...{ key, index: nic.index, model: nic.model, mac: undefined, bridge: undefined },
      ...{ firewall: false, linkDown: true, mtu: undefined, queues: nic.queues, rate: undefined },
      ...{ tag: undefined, trunks: undefined },
    });
  } catch (error) {
    notes.push(`${key}: left out, it was ${shown(text)}: ${ruleOf(key, error)}`);
    return undefined;
  }
}

function memoryOf(text: string | undefined): number {
  if (text === undefined) return usualMemory;
  try {
    return parseProperty('memory', memoryString, text).current;
  } catch {
    return usualMemory;
  }
}
