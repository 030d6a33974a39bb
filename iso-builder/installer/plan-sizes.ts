// How a disk is divided, by its size; docs/design/appliance.md, section "The disk". Pure.
import { gibibyte, mebibyte } from '../../server/core/units.ts';
import { largestStateBytes, smallestStateBytes } from './answers-disk.ts';
import type { InstallPlan } from './types.ts';

const systemBytes = 3 * gibibyte;
/** BIOS boot, ESP (288 MiB with sectors of 4 KiB), and a MiB at either end for the partition tables. */
const overheadBytes = (1 + 288 + 2) * mebibyte;
const smallestLocalBytes = 2 * gibibyte;
const largestLocalBytes = 128 * gibibyte;
/** What must be left for guests and local files beside system and state. */
const smallestGuestsBytes = 4 * gibibyte;

/** Sizes for a disk of `diskBytes`; `stateBytes` when a size was asked for. All are whole MiB. */
export function planSizes(diskBytes: number, stateBytes: number | undefined): InstallPlan['sizes'] {
  const state = wholeMebibytes(stateBytes ?? clamp(diskBytes / 20, smallestStateBytes, largestStateBytes));
  const rest = guestsBytes(diskBytes, state);
  const localBytes = wholeMebibytes(clamp(rest * 0.3, smallestLocalBytes, largestLocalBytes));
  return { systemBytes, stateBytes: state, localBytes };
}

/** The largest state partition that leaves enough for guests, in whole GiB of bytes. */
export function largestStateOn(diskBytes: number): number {
  const most = diskBytes - overheadBytes - systemBytes - smallestGuestsBytes;
  return Math.min(Math.floor(most / gibibyte) * gibibyte, largestStateBytes);
}

function guestsBytes(diskBytes: number, stateBytes: number): number {
  return diskBytes - overheadBytes - systemBytes - stateBytes;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function wholeMebibytes(bytes: number): number {
  return Math.floor(bytes / mebibyte) * mebibyte;
}
