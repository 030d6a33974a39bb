// A storage whose volumes are devices that somebody else makes: it lists them and lets guests open them, and changes nothing.
import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import type { Attachment, Storage, VolumeInfo } from '../plugin.ts';
import { kernelUses } from './device-use.ts';
import { readRecordedSize, recordedSizeBytes } from './recorded-size.ts';
import type { Sysfs } from './sysfs.ts';

export interface ListedDevice {
  /** The volume name. */
  readonly name: string;
  /** A path that stays the same from start to start, below `/dev`. */
  readonly path: string;
  readonly kernelName: string;
  readonly sizeBytes: number;
  /** Why it cannot be used now, in words; undefined when it can. */
  readonly problem: string | undefined;
}

export interface DeviceVolumesParts {
  readonly sysfs: Sysfs;
  /** All that there are now, sorted by name. Rejects with `unavailable`. */
  devices(context: WorkContext): Promise<ListedDevice[]>;
  isName(name: string): boolean;
  /** What the devices are called, and who makes them: `LUN`, `the target`. */
  readonly words: { readonly device: string; readonly maker: string };
}

type DeviceVolumes = Omit<Storage, 'check' | 'activate' | 'deactivate' | 'usage'>;

export function createDeviceVolumes(parts: DeviceVolumesParts): DeviceVolumes {
  const { sysfs, words } = parts;
  const checkName = (name: string) => {
    if (!parts.isName(name))
      throw new AppError('invalid-input', `${JSON.stringify(name.slice(0, 120))} is not a volume name here`, {
        fields: { volume: 'not a volume name of this storage' },
      });
  };
  const find = async (context: WorkContext, name: string): Promise<ListedDevice> => {
    checkName(name);
    const found = (await parts.devices(context)).find((device) => device.name === name);
    if (!found)
      throw new AppError('not-found', `${words.maker} shows no ${words.device} '${name}', or no longer`);
    return found;
  };
  const refuse = async (): Promise<never> => {
    throw new AppError(
      'unsupported',
      `each ${words.device} here is as ${words.maker} makes it: do this there, or put a volume group on it`,
    );
  };

  return {
    async list(context, { contents, vmid }) {
      if (vmid !== undefined || (contents !== undefined && !contents.includes('images'))) return [];
      return (await parts.devices(context)).map(renderDevice);
    },
    info: async (context, name) => renderDevice(await find(context, name)),
    async remove(context, name) {
      checkName(name);
      if ((await parts.devices(context)).some((device) => device.name === name)) await refuse();
    },
    async listSnapshots(context, name) {
      await find(context, name);
      return [];
    },
    async attach(context, name, snapshot): Promise<Attachment> {
      if (snapshot !== undefined) await refuse();
      const device = await find(context, name);
      await requireUsable(sysfs, device, words.device);
      return { kind: 'block', path: device.path };
    },
    async detach(_context, name) {
      checkName(name);
    },
    limitsTrees: async () => false,
    sweep: async () => [],
    async resize(context, name, sizeBytes) {
      if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0)
        throw invalidInput({ size: 'a size is a whole number of bytes, more than none' });
      // It grew on its maker's side already, and was asked for here only to be noticed.
      if ((await find(context, name)).sizeBytes !== sizeBytes) await refuse();
    },
    createDisk: refuse,
    annotate: refuse,
    copyDisk: refuse,
    snapshot: refuse,
    rollback: refuse,
    removeSnapshot: refuse,
    clone: refuse,
    makeBase: refuse,
    reassign: refuse,
    beginImport: refuse,
    writeImport: refuse,
    importPath: refuse,
    readImport: refuse,
    commitImport: refuse,
    discardImport: async () => {},
    describeImport: refuse,
    putBeside: refuse,
    readBeside: refuse,
    exportStream: refuse,
  };
}

function renderDevice({ name, sizeBytes }: ListedDevice): VolumeInfo {
  return {
    name,
    content: 'images',
    format: 'raw',
    sizeBytes,
    usedBytes: sizeBytes,
    vmid: undefined,
    parent: undefined,
    createdAt: 0,
  };
}

/**
 * Throws `wrong-state` when it does not answer or shrank, `busy` when this node uses it otherwise than as a guest's disk. Not
 * `unavailable`: that would keep callers from the storage's other devices, too.
 */
async function requireUsable(sysfs: Sysfs, device: ListedDevice, word: string): Promise<void> {
  const { name, kernelName, sizeBytes, problem } = device;
  if (problem !== undefined) throw new AppError('wrong-state', `${word} '${name}': ${problem}`);
  if (sizeBytes === 0) throw new AppError('wrong-state', `${word} '${name}' has no size`);
  const uses = await kernelUses(sysfs, kernelName);
  if (uses.length > 0)
    throw new AppError('busy', `${word} '${name}' is in use on this node by ${uses.join(', ')}`, {
      data: { holders: uses },
    });
  const recorded = readRecordedSize(await readStart(join(sysfs.root, device.path), `${word} '${name}'`));
  if (recorded && recorded.bytes > sizeBytes)
    throw new AppError(
      'wrong-state',
      `${word} '${name}' shrank: ${recorded.by} needs ${recorded.bytes} bytes, it has ${sizeBytes}`,
      { data: { needed: recorded.bytes, found: sizeBytes } },
    );
}

async function readStart(path: string, word: string): Promise<Buffer> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(recordedSizeBytes),
        0,
        recordedSizeBytes,
        0,
      );
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AppError('wrong-state', `${word} cannot be read`, { cause, detail: String(cause) });
  }
}
