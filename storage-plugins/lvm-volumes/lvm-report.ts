// Reads the reports of lvs and vgs (`--reportformat json --units b --nosuffix`, lvmreport(7)). Pure.
import { z } from 'zod';
import { AppError } from '../../server/core/errors.ts';

export interface LogicalVolume {
  readonly name: string;
  readonly sizeBytes: number;
  readonly tags: readonly string[];
  /** The thin pool that it takes its space of. */
  readonly pool: string | undefined;
  /** `thin-pool`, `thin`, `plain` (linear, striped, RAID), or `other`: caches, classic snapshots, and what LVM keeps for itself. */
  readonly kind: 'thin-pool' | 'thin' | 'plain' | 'other';
  readonly readOnly: boolean;
  readonly active: boolean;
  /** Somebody on this node has it open. */
  readonly open: boolean;
  /** Of a pool: new blocks are zeroed. */
  readonly zeroes: boolean;
  /** Percent of a pool's data, of what a thin volume's size could take; undefined where nothing tells. */
  readonly dataPercent: number | undefined;
  readonly metadataPercent: number | undefined;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

export interface GroupFacts {
  readonly uuid: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly extentBytes: number;
  /** Devices of it that are not there. */
  readonly missingDevices: number;
  readonly exported: boolean;
  readonly readOnly: boolean;
}

/** With the report's setting `time_format="%s"`. */
export const volumeFields = [
  ...['lv_name', 'lv_size', 'lv_attr', 'lv_tags', 'pool_lv', 'data_percent', 'metadata_percent', 'lv_time'],
] as const;
export const groupFields = [
  ...['vg_name', 'vg_uuid', 'vg_size', 'vg_free', 'vg_attr', 'vg_extent_size', 'vg_missing_pv_count'],
] as const;

const row = z.record(z.string(), z.string());
const volumesReport = z.object({ report: z.array(z.object({ lv: z.array(row) })) });
const groupsReport = z.object({ report: z.array(z.object({ vg: z.array(row) })) });

/** ECMD_FAILED, with which LVM's programs end: what went wrong may be told in the report only, beside what went well. */
export const lvmFailed = 5;

/** What LVM complains and warns about in a report: with `--reportformat json` it says nothing on standard error. */
const reportLog = z.object({ log: z.array(z.object({ log_type: z.string(), log_message: z.string() })) });

/** Its messages, each a line; empty of what is no report. */
export function readReportLog(json: string): string {
  // Most say nothing, and a long report is not to be read twice for that.
  if (!json.includes('"log_message"')) return '';
  let report: unknown;
  try {
    report = JSON.parse(json);
  } catch {
    return '';
  }
  const found = reportLog.safeParse(report);
  const lines = (found.data?.log ?? []).filter((entry) => entry.log_type !== 'status');
  return lines.map((entry) => `  ${entry.log_message}\n`).join('');
}

export function readVolumes(json: string): LogicalVolume[] {
  const { report } = read(volumesReport, json);
  return report.flatMap(({ lv }) => lv).map(readVolume);
}

function readVolume(fields: Record<string, string>): LogicalVolume {
  const attributes = fields['lv_attr'] ?? '';
  return {
    name: fields['lv_name'] ?? '',
    sizeBytes: Number(fields['lv_size']),
    tags: (fields['lv_tags'] ?? '').split(',').filter((tag) => tag !== ''),
    pool: fields['pool_lv'] || undefined,
    kind: kindOf(attributes[0] ?? ''),
    readOnly: attributes[1] === 'r' || attributes[1] === 'R',
    active: attributes[4] === 'a',
    open: attributes[5] === 'o',
    zeroes: attributes[7] === 'z',
    dataPercent: readPercent(fields['data_percent']),
    metadataPercent: readPercent(fields['metadata_percent']),
    createdAt: Number(fields['lv_time']) || 0,
  };
}

/** The first letter of `lv_attr` (lvs(8)). */
function kindOf(letter: string): LogicalVolume['kind'] {
  switch (letter) {
    case 't':
      return 'thin-pool';
    case 'V':
      return 'thin';
    // Linear and striped; origins of classic snapshots; RAID and mirrors.
    case '-':
    case 'o':
    case 'r':
    case 'R':
    case 'm':
    case 'M':
      return 'plain';
    default:
      return 'other';
  }
}

function readPercent(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

/** The group of the name; undefined when the report has none. Two of one name are told apart by nothing: `unavailable`. */
export function readGroup(json: string, name: string): GroupFacts | undefined {
  const { report } = read(groupsReport, json);
  const found = report.flatMap(({ vg }) => vg).filter((fields) => fields['vg_name'] === name);
  if (found.length > 1) throw twoGroups(name);
  const [fields] = found;
  if (!fields) return undefined;
  // wz--n-: permissions, resizeable, exported, partial, ... (vgs(8))
  const attributes = fields['vg_attr'] ?? '';
  return {
    uuid: fields['vg_uuid'] ?? '',
    sizeBytes: Number(fields['vg_size']),
    freeBytes: Number(fields['vg_free']),
    extentBytes: Number(fields['vg_extent_size']),
    missingDevices: Number(fields['vg_missing_pv_count'] ?? 0),
    exported: attributes[2] === 'x',
    readOnly: attributes[0] === 'r',
  };
}

export function twoGroups(name: string): AppError {
  return new AppError(
    'unavailable',
    `there are two volume groups named '${name}' on this node: rename one by its UUID (vgrename)`,
  );
}

function read<T>(schema: z.ZodType<T>, json: string): T {
  try {
    return schema.parse(JSON.parse(json));
  } catch (cause) {
    throw new AppError('internal', "LVM's report cannot be read", { detail: json.slice(0, 2000), cause });
  }
}
