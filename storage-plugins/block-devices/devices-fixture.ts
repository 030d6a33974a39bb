// A root folder with sysfs, proc and udev's links of made-up block devices, for tests.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface DeviceTree {
  readonly root: string;
  write(path: string, text: string | Uint8Array): Promise<void>;
  /** A device of that size, with udev's links; its contents are a file. */
  device(
    kernelName: string,
    facts: { number: string; sizeBytes: number; links?: readonly string[]; start?: Uint8Array },
  ): Promise<void>;
  remove(path: string): Promise<void>;
  cleanUp(): Promise<void>;
}

export async function makeDeviceTree(): Promise<DeviceTree> {
  const root = await mkdtemp(join(tmpdir(), 'croft-devices-'));
  const write = async (path: string, text: string | Uint8Array) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const remove = (path: string) => rm(join(root, path), { recursive: true, force: true });
  return {
    root,
    write,
    remove,
    async device(kernelName, { number, sizeBytes, links = [], start = new Uint8Array(8192) }) {
      await write(`sys/class/block/${kernelName}/dev`, `${number}\n`);
      await write(`sys/class/block/${kernelName}/size`, `${sizeBytes / 512}\n`);
      await write(`dev/${kernelName}`, start);
      for (const link of links) {
        await mkdir(join(root, 'dev/disk/by-id'), { recursive: true });
        await remove(`dev/disk/by-id/${link}`);
        await symlink(`../../${kernelName}`, join(root, 'dev/disk/by-id', link));
      }
    },
    cleanUp: () => rm(root, { recursive: true, force: true }),
  };
}

/** The first sectors of a disk with a GPT whose last block is that one (UEFI 2.10, 5.3.2). */
export function gptStart(lastBlock: number): Buffer {
  const start = Buffer.alloc(8192);
  start.write('EFI PART', 512, 'latin1');
  start.writeBigUInt64LE(BigInt(lastBlock), 512 + 32);
  return start;
}

/** The first sectors of a physical volume of LVM of that size: its label stands in the second sector. */
export function physicalVolumeStart(sizeBytes: number): Buffer {
  const start = Buffer.alloc(8192);
  start.write('LABELONE', 512, 'latin1');
  start.write('LVM2 001', 512 + 24, 'latin1');
  start.writeBigUInt64LE(BigInt(sizeBytes), 512 + 64);
  return start;
}
