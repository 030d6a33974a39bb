// What qemu-img tells of a stranger's image, and what in it is a reason to refuse. Pure.
import { z } from 'zod';
import { refusedImage } from './image-safety.ts';

const info = z.object({
  'virtual-size': z.int().min(1),
  'backing-filename': z.string().optional(),
  encrypted: z.boolean().optional(),
  'dirty-flag': z.boolean().optional(),
  'format-specific': z
    .looseObject({
      data: z
        .looseObject({
          corrupt: z.boolean().optional(),
          encrypt: z.unknown().optional(),
          'data-file': z.unknown().optional(),
          extents: z.array(z.unknown()).optional(),
        })
        .optional(),
    })
    .optional(),
});

/** Reads `qemu-img info --output=json` (QEMU 7.2 to 10). */
export function readImageInfo(json: string): { sizeBytes: number } {
  const read = info.safeParse(parsed(json));
  if (!read.success) throw refusedImage('it has no size that can be read');
  const { data: image } = read;
  const specific = image['format-specific']?.data;
  if (image['backing-filename'] !== undefined) throw refusedImage('it has a backing file');
  if (specific?.['data-file'] !== undefined) throw refusedImage('it keeps its data in another file');
  if (image.encrypted === true || specific?.encrypt !== undefined) throw refusedImage('it is encrypted');
  if (image['dirty-flag'] === true) throw refusedImage('it was not closed properly');
  if (specific?.corrupt === true) throw refusedImage('it is marked as corrupt');
  if (specific?.extents !== undefined && specific.extents.length !== 1)
    throw refusedImage('it names other files');
  return { sizeBytes: image['virtual-size'] };
}

const measure = z.object({ required: z.int().min(0) });

/** Bytes that a qcow2 image with the same data needs, from `qemu-img measure -O qcow2`. */
export function readMeasure(json: string): number {
  const read = measure.safeParse(parsed(json));
  if (!read.success) throw refusedImage('what it holds cannot be told');
  return read.data.required;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
