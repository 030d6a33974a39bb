// A copy from one storage into another, beside `qemu-img convert` with the same source and format.
import { rm } from 'node:fs/promises';
import { exec } from '../server/core/exec.ts';
import { mebibyte } from '../server/core/units.ts';
import { quietContext } from '../server/core/work-context.ts';
import type { Storage, VolumeFormat } from '../storage-plugins/plugin.ts';
import { alternating, beside, type Row } from './bench.ts';

const context = quietContext();
const sizeBytes = 512 * mebibyte;
const rounds = 5;
const timeoutMs = 120_000;

/** `from` is a storage of files. By hand the copy goes into a file beside that of the storage, or onto the device of a volume of it. */
export async function measureCopy(
  name: string,
  from: Storage,
  to: Storage,
  format: VolumeFormat,
): Promise<Row[]> {
  const { name: source } = await from.createDisk(context, { vmid: 100, format: 'raw', sizeBytes });
  const attached = await from.attach(context, source);
  if (attached.kind !== 'file') throw new Error(`a copy from ${attached.kind} is not measured`);
  // Full of what cannot be skipped.
  await exec(
    'dd',
    ['if=/dev/urandom', `of=${attached.path}`, 'bs=1M', `count=${sizeBytes / mebibyte}`, 'conv=notrunc'],
    { timeoutMs },
  );
  // By hand: another file on the same file system, or a volume of the same size that is there already.
  const probe = await to.createDisk(context, { vmid: 102, format, sizeBytes });
  const neighbour = await to.attach(context, probe.name);
  if (!('path' in neighbour)) throw new Error(`a copy to ${neighbour.kind} is not measured`);
  const file = `${neighbour.path.split('/images/')[0]}/by-hand.img`;
  const [where, create, written] =
    neighbour.kind === 'file' ? [file, [], [file]] : [neighbour.path, ['-n'], [neighbour.path]];
  const seen = await alternating(rounds, {
    ours: async () => {
      const copy = await to.copyDisk(context, attached, { vmid: 101, format });
      await to.remove(context, copy.name);
    },
    theirs: async () => {
      const words = ['-f', 'raw', '-O', format, attached.path, where];
      await exec('qemu-img', ['convert', '-q', ...create, ...words], { timeoutMs });
      // A plugin's copy is on the disk when it is told.
      await exec('sync', written, { timeoutMs });
      if (neighbour.kind === 'file') await rm(file);
    },
  });
  await to.detach(context, probe.name);
  await to.remove(context, probe.name);
  await from.remove(context, source);
  const row = beside(
    `${name}: a full disk of ${sizeBytes / mebibyte} MiB copied`,
    seen.ours,
    'qemu-img convert',
    seen.theirs,
  );
  // As much in a second as 0.9 of the tool.
  return [{ ...row, goal: { of: 'ratio', atMost: Math.round(100 / 0.9) / 100 } }];
}
