// Reads what blkid and pvs say about single devices: signatures on them, volume groups. Pure.
import { z } from 'zod';
import { plain } from './observe-lsblk.ts';

export interface Signature {
  /** As blkid names it: `ext4`; empty when nothing is known. */
  readonly type: string;
  readonly label: string;
  /** `gpt`, `dos`; empty without a partition table. */
  readonly table: string;
  /** Of partitions: number, name and type in the partition table. */
  readonly partNumber: number | undefined;
  readonly partName: string;
  readonly partType: string;
}

/** Arguments of blkid(8): reads the device itself, never a cache. */
export function blkidArgs(device: string): string[] {
  return ['--probe', '--output', 'export', device];
}
/** 0: found; 2: nothing there, or not readable; 8: several signatures that contradict each other. */
export const blkidExitCodes = [0, 2, 8] as const;

/** The output of `blkid --output export`: `KEY=value` lines, odd characters behind backslashes. */
export function readBlkid(output: string): Signature {
  const values = new Map<string, string>();
  for (const line of output.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), readEscapes(line.slice(at + 1)));
  }
  const number = values.get('PART_ENTRY_NUMBER');
  return {
    type: values.get('TYPE') ?? '',
    label: values.get('LABEL') ?? '',
    table: values.get('PTTYPE') ?? '',
    partNumber: number === undefined ? undefined : Number(number),
    partName: values.get('PART_ENTRY_NAME') ?? '',
    partType: values.get('PART_ENTRY_TYPE')?.toLowerCase() ?? '',
  };
}

function readEscapes(value: string): string {
  const bytes = Buffer.from(value).toString('latin1');
  const raw = bytes.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_all, hex: string | undefined, char: string) =>
    hex === undefined ? char : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return plain(Buffer.from(raw, 'latin1').toString());
}

/** Arguments of pvs(8). `--readonly`: takes no lock and changes nothing, even when metadata is damaged. */
export const pvsArgs = ['--readonly', '--reportformat', 'json', '-o', 'pv_name,vg_name'] as const;

const pvsReport = z.object({
  report: z.array(z.object({ pv: z.array(z.object({ pv_name: z.string(), vg_name: z.string() })) })),
});

/** Volume group by device path; empty text for a volume that belongs to none. Nothing when it is not pvs's JSON. */
export function readPvs(output: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  try {
    for (const { pv } of pvsReport.parse(JSON.parse(output)).report)
      for (const volume of pv) groups.set(volume.pv_name, volume.vg_name);
  } catch {
    // Without names disks are described less well; they are still shown.
  }
  return groups;
}
