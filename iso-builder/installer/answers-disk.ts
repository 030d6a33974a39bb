// The table [disk] of the answer file: which disks, alone or as a mirror, and what becomes of what is on them.
import { hasCode } from '../../server/core/errors.ts';
import { gibibyte, readSize } from '../../server/core/units.ts';
import { quoted, type Section } from './answers-section.ts';
import type { Answers } from './types.ts';

export const diskKeys = ['devices', 'mirror', 'erase', 'keep-guests', 'state-size'] as const;

/** Bounds of the state partition, bytes. */
export const smallestStateBytes = gibibyte;
export const largestStateBytes = 16 * gibibyte;

/** Reads the table; contradictions are noted as problems. */
export function readDisk(section: Section): Answers['disk'] {
  const devices = section.texts('devices') ?? [];
  const mirror = section.flag('mirror') ?? false;
  const erase = section.flag('erase') ?? false;
  const keepGuests = section.flag('keep-guests') ?? false;
  const stateSize = section.text('state-size');
  if (!section.has('devices')) section.problem('devices', 'is needed: devices = ["/dev/sda"]');
  else checkDevices(section, devices, mirror);
  if (stateSize !== undefined && keepGuests)
    section.problem('state-size', 'does not go with keep-guests: the state partition stays as it is');
  const stateBytes = stateSize === undefined ? undefined : readStateSize(section, stateSize);
  return { devices, mirror, erase, keepGuests, stateBytes };
}

function checkDevices(section: Section, devices: readonly string[], mirror: boolean): void {
  devices.forEach((device, index) => {
    if (!/^\/dev\/[\w@.:+/-]+$/.test(device) || /\/\.{0,2}(\/|$)/.test(device))
      section.problem('devices', `${quoted(device)} must be the path of a disk such as /dev/sda`, index);
    else if (devices.indexOf(device) < index) section.problem('devices', `${device} is there twice`, index);
  });
  if (devices.length > 2) section.problem('devices', 'must be one disk, or two for a mirror');
  else if (devices.length === 2 && !mirror)
    section.problem('devices', 'two disks need mirror = true; otherwise name only one');
  else if (devices.length < 2 && mirror) section.problem('mirror', 'needs exactly two disks in devices');
  else if (devices.length === 0) section.problem('devices', 'must name a disk: devices = ["/dev/sda"]');
}

function readStateSize(section: Section, text: string): number | undefined {
  try {
    const bytes = readSize(text);
    if (bytes < smallestStateBytes || bytes > largestStateBytes)
      section.problem(
        'state-size',
        `must be ${smallestStateBytes / gibibyte}G to ${largestStateBytes / gibibyte}G`,
      );
    return bytes;
  } catch (thrown) {
    if (!hasCode(thrown, 'invalid-input')) throw thrown;
    section.problem('state-size', `${quoted(text)} is no size such as 8G`);
    return undefined;
  }
}
