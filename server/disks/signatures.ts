// What wipefs(8) and sfdisk(8) say in JSON of the marks and the partitions on a device. Pure.
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { PartitionTable, Signature } from './disk-driver.ts';

/** Looks, and erases nothing. Followed by the devices. */
export const wipefsLookArgs = ['--no-act', '--json', '--output', 'DEVICE,TYPE,UUID,LABEL', '--'] as const;

const text = z
  .string()
  .nullish()
  .transform((value) => (value ?? '').replace(/[\x00-\x1f\x7f]/g, '').trim());
const signatureList = z.object({
  signatures: z.array(z.object({ device: z.string(), type: text, uuid: text, label: text })),
});

/** `devices`: those that were asked about; wipefs answers with the last part of their paths. */
export function readSignatures(json: string, devices: readonly string[]): Signature[] {
  // util-linux says nothing at all when there is nothing.
  if (json.trim() === '') return [];
  const paths = new Map(devices.map((path) => [path.slice(path.lastIndexOf('/') + 1), path]));
  const seen = new Set<string>();
  return parse(json, signatureList, 'wipefs')
    .signatures.map((one) => ({ ...one, device: paths.get(one.device) ?? one.device }))
    .filter(({ device, type }) => {
      // GPT stands at both ends of a disk, some file systems keep copies.
      const key = `${device} ${type}`;
      return !seen.has(key) && seen.add(key);
    });
}

const tableShape = z.object({
  partitiontable: z.object({
    label: z.string(),
    sectorsize: z.number().catch(512),
    partitions: z
      .array(z.object({ node: z.string(), size: z.number(), uuid: z.string().catch('') }))
      .catch([]),
  }),
});

export function readTable(json: string): PartitionTable {
  const { partitiontable } = parse(json, tableShape, 'sfdisk');
  const { label, sectorsize, partitions } = partitiontable;
  return {
    type: label,
    partitions: partitions.map(({ node, size, uuid }) => ({
      ...{ path: node, guid: uuid.toUpperCase(), sizeBytes: size * sectorsize },
      number: Number(/\d+$/.exec(node)?.[0] ?? 0),
    })),
  };
}

function parse<T>(json: string, shape: z.ZodType<T>, program: string): T {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch (error) {
    throw unreadable(program, String(error));
  }
  const result = shape.safeParse(read);
  if (!result.success) throw unreadable(program, result.error.message);
  return result.data;
}

function unreadable(program: string, detail: string): AppError {
  return new AppError('command-failed', `look at the disk: what ${program} says cannot be read`, { detail });
}
