// Reads what pvs(8) and wipefs(8) tell of a device. Pure.
import { z } from 'zod';
import { AppError } from '../core/errors.ts';

export interface PhysicalVolume {
  /** As LVM names it: `/dev/sdb`. */
  readonly device: string;
  /** Empty: of none. */
  readonly group: string;
  /** It belongs to a group, though perhaps one that is not seen here. */
  readonly inUse: boolean;
}

/** For `pvs --reportformat json --options`. */
export const physicalVolumeFields = ['pv_name', 'vg_name', 'pv_in_use'] as const;

const report = z.object({
  report: z.array(z.object({ pv: z.array(z.record(z.string(), z.string())) })),
});

export function readPhysicalVolumes(json: string): PhysicalVolume[] {
  return read(report, json)
    .report.flatMap(({ pv }) => pv)
    .map((row) => ({
      device: row['pv_name'] ?? '',
      group: row['vg_name'] ?? '',
      // `used` or `1` by the report's setting of binary values; empty or `0` when not.
      inUse: !['', '0'].includes(row['pv_in_use'] ?? ''),
    }));
}

const signatures = z.object({ signatures: z.array(z.looseObject({ type: z.string() })) });

/** Kinds of what is on a device, each once: `gpt`, `ext4`, `LVM2_member`. Without any, wipefs prints nothing. */
export function readSignatures(json: string): string[] {
  if (json.trim() === '') return [];
  return [...new Set(read(signatures, json).signatures.map(({ type }) => type))];
}

function read<T>(schema: z.ZodType<T>, json: string): T {
  try {
    return schema.parse(JSON.parse(json));
  } catch (cause) {
    throw new AppError('internal', 'what is on the device cannot be read', {
      detail: json.slice(0, 2000),
      cause,
    });
  }
}
