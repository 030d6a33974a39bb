// What the kernel tells of block devices through sysfs and udev's links: read as files, so that no dead device is ever asked.
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** sysfs counts in sectors of this many bytes, whatever the device's own are. */
const sectorBytes = 512;

export interface BlockDevice {
  /** The kernel's name: `sdb`, `dm-3`. It changes from start to start. */
  readonly kernelName: string;
  readonly sizeBytes: number;
  /** `major:minor`. */
  readonly number: string;
}

/** A link below `/dev/disk/by-id` and the kernel's name of the device that it leads to. */
export interface DeviceLink {
  readonly name: string;
  readonly kernelName: string;
}

/** `root` stands for `/`, for tests. */
export interface Sysfs {
  readonly root: string;
  /** Undefined when there is no such device. */
  device(kernelName: string): Promise<BlockDevice | undefined>;
  /** All links below `/dev/disk/by-id`, sorted; none while udev has made none. */
  links(): Promise<DeviceLink[]>;
  /** The kernel's name of what a path below `/dev` leads to; undefined when it leads nowhere. */
  kernelNameOf(path: string): Promise<string | undefined>;
  /** Names in a folder, sorted; none when there is no such folder. */
  names(folder: string): Promise<string[]>;
  /** A file's text without the line's end; empty when it is not there. */
  text(file: string): Promise<string>;
}

export function openSysfs(root = '/'): Sysfs {
  const at = (path: string) => join(root, path);
  const text = async (file: string) => (await readFile(at(file), 'utf8').catch(() => '')).trim();
  const names = async (folder: string) => (await readdir(at(folder)).catch(() => [] as string[])).sort();
  return {
    root,
    text,
    names,
    async device(kernelName) {
      const [number, sectors] = await Promise.all([
        text(`/sys/class/block/${kernelName}/dev`),
        text(`/sys/class/block/${kernelName}/size`),
      ]);
      if (number === '' || sectors === '') return undefined;
      return { kernelName, number, sizeBytes: Number(sectors) * sectorBytes };
    },
    async links() {
      const found = await names('/dev/disk/by-id');
      const links = await Promise.all(
        found.map(async (name) => {
          const target = await readlink(at(`/dev/disk/by-id/${name}`)).catch(() => undefined);
          return target === undefined ? [] : [{ name, kernelName: basename(target) }];
        }),
      );
      return links.flat();
    },
    async kernelNameOf(path) {
      const target = await realpath(at(path)).catch(() => undefined);
      return target === undefined ? undefined : basename(target);
    },
  };
}
