// What smartctl(8) says of a disk in JSON, in the API's words. Pure.
import { z } from 'zod';
import type { SmartReply } from '../contract/node-disks.ts';

const attribute = z.object({
  id: z.number(),
  name: z.string(),
  value: z.number().catch(0),
  worst: z.number().catch(0),
  thresh: z.number().catch(0),
  when_failed: z.string().catch(''),
  flags: z.object({ string: z.string().catch('') }).catch({ string: '' }),
  raw: z.object({ string: z.string().catch('') }).catch({ string: '' }),
});

const shape = z.looseObject({
  smartctl: z
    .looseObject({
      output: z.array(z.string()).optional(),
      messages: z.array(z.looseObject({ string: z.string() })).optional(),
    })
    .optional(),
  smart_status: z.looseObject({ passed: z.boolean() }).optional(),
  rotation_rate: z.number().optional(),
  ata_smart_attributes: z.looseObject({ table: z.array(attribute) }).optional(),
  nvme_smart_health_information_log: z.looseObject({ percentage_used: z.number().optional() }).optional(),
  scsi_percentage_used_endurance_indicator: z.number().optional(),
});

export interface SmartData {
  /** `UNKNOWN`: it does not say, or sleeps. */
  readonly health: 'PASSED' | 'FAILED' | 'UNKNOWN';
  /** Per cent of its life that are left. */
  readonly wearout: number | 'N/A';
  /** Undefined when it does not say; 0 for what does not turn. */
  readonly rpm: number | undefined;
  readonly attributes: NonNullable<SmartReply['attributes']> | undefined;
  /** What smartctl shows to people. */
  readonly text: string;
}

const nothingKnown: SmartData = {
  ...{ health: 'UNKNOWN', wearout: 'N/A', rpm: undefined, attributes: undefined, text: '' },
};

/** `nothingKnown` for what cannot be read: a disk's word about itself is not worth an error. */
export function readSmart(json: string): SmartData {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return nothingKnown;
  }
  const { data } = shape.safeParse(read);
  if (!data) return nothingKnown;
  const passed = data.smart_status?.passed;
  const attributes = data.ata_smart_attributes?.table.map((item) => ({
    id: String(item.id).padStart(3),
    name: item.name,
    value: item.value,
    normalized: item.value,
    worst: item.worst,
    threshold: item.thresh,
    flags: item.flags.string.trim(),
    fail: item.when_failed || '-',
    raw: item.raw.string,
  }));
  const messages = data.smartctl?.messages?.map(({ string }) => string) ?? [];
  return {
    health: passed === undefined ? 'UNKNOWN' : passed ? 'PASSED' : 'FAILED',
    wearout: wearoutOf(data),
    rpm: data.rotation_rate,
    attributes,
    text: (data.smartctl?.output ?? messages).join('\n'),
  };
}

/** Attributes of SSDs whose normalised value goes from 100 (new) to 0, best known first (smartmontools' drivedb). */
const wearAttributes = [
  'Media_Wearout_Indicator',
  'SSD_Life_Left',
  'Wear_Leveling_Count',
  'Perc_Write/Erase_Ct_BC',
  'Percent_Lifetime_Remain',
  'Remaining_Lifetime_Perc',
];

function wearoutOf(data: z.output<typeof shape>): number | 'N/A' {
  const used =
    data.nvme_smart_health_information_log?.percentage_used ?? data.scsi_percentage_used_endurance_indicator;
  // It may go above 100: the warranty is over, the disk need not be.
  if (used !== undefined) return Math.max(0, 100 - used);
  const table = data.ata_smart_attributes?.table ?? [];
  for (const name of wearAttributes) {
    const found = table.find((item) => item.name === name);
    if (found) return Math.min(100, found.value);
  }
  return 'N/A';
}
