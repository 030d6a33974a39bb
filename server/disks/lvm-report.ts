// Volume groups with their disks and volumes, from the JSON of LVM's report commands. Pure.
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { LogicalVolume, PhysicalVolume, VolumeGroup } from './disk-driver.ts';

const common = ['--reportformat', 'json', '--units', 'b', '--nosuffix'] as const;
export const pvsArgs = [...common, '--options', 'pv_name,vg_name,pv_size,pv_free'] as const;
export const vgsArgs = [...common, '--options', 'vg_name,vg_size,vg_free,vg_missing_pv_count'] as const;
export const lvsArgs = [
  ...common,
  '--options',
  'vg_name,lv_name,lv_size,segtype,pool_lv,lv_active,lv_device_open,data_percent,metadata_percent,lv_metadata_size',
] as const;

const bytes = z.coerce.number().catch(0);
const rows = <S extends z.ZodType>(name: string, row: S) =>
  z
    .object({ report: z.array(z.object({ [name]: z.array(row) })) })
    .transform(({ report }) => report.flatMap((part) => (part[name] ?? []) as z.output<S>[]));

const pvRows = rows(
  'pv',
  z.object({ pv_name: z.string(), vg_name: z.string(), pv_size: bytes, pv_free: bytes }),
);
const vgRows = rows(
  'vg',
  z.object({ vg_name: z.string(), vg_size: bytes, vg_free: bytes, vg_missing_pv_count: bytes }),
);
const lvRows = rows(
  'lv',
  z.object({
    ...{ vg_name: z.string(), lv_name: z.string(), lv_size: bytes, segtype: z.string() },
    ...{ pool_lv: z.string().catch(''), lv_active: z.string().catch('') },
    lv_device_open: z.string().catch(''),
    ...{ data_percent: bytes, metadata_percent: bytes, lv_metadata_size: bytes },
  }),
);

/** The reports of `pvs`, `vgs` and `lvs` put together; devices that are in no group are `spare`. */
export function readLvm(
  pvs: string,
  vgs: string,
  lvs: string,
): { readonly groups: VolumeGroup[]; readonly spare: string[] } {
  const devices = parse(pvs, pvRows, 'pvs');
  const volumes = parse(lvs, lvRows, 'lvs');
  const groups = parse(vgs, vgRows, 'vgs').map((group): VolumeGroup => {
    const ofGroup = <R extends { vg_name: string }>(row: R) => row.vg_name === group.vg_name;
    const one = new Map(volumes.filter(ofGroup).map((row) => [row.lv_name, row]));
    return {
      name: group.vg_name,
      sizeBytes: group.vg_size,
      freeBytes: group.vg_free,
      partial: group.vg_missing_pv_count > 0,
      devices: devices.filter(ofGroup).map(
        (row): PhysicalVolume => ({
          ...{ device: row.pv_name, sizeBytes: row.pv_size, freeBytes: row.pv_free },
        }),
      ),
      // A volume of several segments has a row for each.
      volumes: [...one.values()].map(
        (row): LogicalVolume => ({
          ...{ name: row.lv_name, sizeBytes: row.lv_size, type: row.segtype, pool: row.pool_lv },
          ...{ active: row.lv_active === 'active', open: row.lv_device_open === 'open' },
          usedBytes: share(row.lv_size, row.data_percent),
          metadataBytes: row.lv_metadata_size,
          metadataUsedBytes: share(row.lv_metadata_size, row.metadata_percent),
        }),
      ),
    };
  });
  return { groups, spare: devices.filter((row) => row.vg_name === '').map((row) => row.pv_name) };
}

function share(whole: number, percent: number): number {
  return Math.round((whole * percent) / 100);
}

function parse<T>(json: string, shape: z.ZodType<T>, program: string): T {
  let problem: string;
  try {
    const result = shape.safeParse(JSON.parse(json));
    if (result.success) return result.data;
    problem = result.error.message;
  } catch (error) {
    problem = String(error);
  }
  throw new AppError('command-failed', `list the volume groups: what ${program} says cannot be read`, {
    detail: problem,
  });
}
