// What LVM's complaints mean for the caller. Its texts are those of lvm2 2.03.
import { AppError, asAppError, type ErrorCode } from '../../server/core/errors.ts';
import { twoGroups } from './lvm-report.ts';

const meanings: readonly (readonly [RegExp, ErrorCode, (group: string) => string])[] = [
  [
    /Volume group "[^"]*" not found|Cannot process volume group/,
    'unavailable',
    (group) => `there is no volume group '${group}' on this node, or its devices are not there`,
  ],
  [
    // Not `unavailable`: the volumes on its other devices go on, and the storage with them.
    /while PVs are missing|missing PVs|Refusing activation of partial LV/,
    'wrong-state',
    (group) => `a device of volume group '${group}' is missing`,
  ],
  [
    /is exported/,
    'unavailable',
    (group) => `volume group '${group}' is exported: import it first (vgimport)`,
  ],
  [
    /with system ID/,
    'unavailable',
    (group) => `volume group '${group}' belongs to another system (lvmsystemid)`,
  ],
  [
    /insufficient free space|Insufficient free space|Insufficient suitable|free space in pool|free space in thin pool|No space left on device|reached threshold/i,
    'no-capacity',
    (group) => `not enough free space in volume group '${group}'`,
  ],
  [/already exists in volume group/, 'already-exists', () => 'a volume of this name exists already'],
  [
    /Failed to find logical volume|[Ll]ogical volume \S+ not found|not found in volume group|logical volume\(s\) not found/,
    'not-found',
    () => 'the volume does not exist',
  ],
  [
    /in use|is used by another device|contains a filesystem/,
    'busy',
    () => 'a guest or another program has the volume open',
  ],
];

/** A failed call as the caller is to see it; what is not known stays `command-failed` with LVM's last words. */
export function readLvmComplaint(thrown: unknown, intention: string, group: string): AppError {
  const error = asAppError(thrown);
  if (error.code !== 'command-failed') return error;
  // Of a group that lacks a device LVM warns at each call, whatever that one fails for.
  const text = `${error.message}\n${(error.detail ?? '').replaceAll(/^\s*WARNING: .*$/gm, '')}`;
  if (/Multiple VGs found with the same name/.test(text)) return twoGroups(group);
  const found = meanings.find(([pattern]) => pattern.test(text));
  if (!found) return error;
  return new AppError(found[1], `${intention}: ${found[2](group)}`, {
    detail: error.detail ?? '',
    cause: error,
  });
}
