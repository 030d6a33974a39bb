// Microcode of processors, as archives that the kernel reads before all else (Documentation/arch/x86/microcode.rst).
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exec } from '../../server/core/exec.ts';
import { runInRoot } from '../run-in-root.ts';
import { packTree } from './cpio.ts';

export interface MicrocodeOrder {
  readonly exec: Exec;
  /** The image's root. */
  readonly root: string;
  /** A folder for what is made on the way; must exist. */
  readonly work: string;
  readonly signal: AbortSignal;
}

/**
 * Uncompressed archives to stand before the initrd's own, in this order; none for a maker whose package the image does not
 * have. All processors, not only the builder's: nobody knows where the image will run.
 */
export async function earlyMicrocode(order: MicrocodeOrder): Promise<Buffer[]> {
  const [intel, amd] = ['intel-ucode', 'amd-ucode'].map((name) => join(order.root, 'usr/lib/firmware', name));
  const archives: Buffer[] = [];
  // First: Intel's processors want it at an address that can be divided by 16, and iucode_tool sees to that from the beginning
  // of the file.
  if (intel && existsSync(intel)) archives.push(await packIntel(order, intel));
  if (amd && existsSync(amd)) archives.push(await packAmd(order, amd));
  return archives;
}

/** iucode_tool(8) of the image takes the newest for each processor; its archive bears the date of the newest of all. */
async function packIntel({ exec, root, work }: MicrocodeOrder, folder: string): Promise<Buffer> {
  const archive = join(work, 'intel.cpio');
  await runInRoot(exec, root, join(root, 'usr/sbin/iucode_tool'), [
    '--quiet',
    '--overwrite',
    `--write-earlyfw=${archive}`,
    folder,
  ]);
  return readFileSync(archive);
}

/** AMD's files stand one after the other, each with its own table of processors. */
async function packAmd({ exec, work, signal }: MicrocodeOrder, folder: string): Promise<Buffer> {
  const tree = join(work, 'amd');
  const place = join(tree, 'kernel/x86/microcode');
  mkdirSync(place, { recursive: true });
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.bin'))
    .sort();
  writeFileSync(
    join(place, 'AuthenticAMD.bin'),
    Buffer.concat(files.map((name) => readFileSync(join(folder, name)))),
  );
  const archive = join(work, 'amd.cpio');
  await packTree({ exec, tree, archive, signal });
  return readFileSync(archive);
}
