// The disks of this node: one process lists them, one for each asks its health.
import { readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DiskItem, SmartReply } from '../contract/node-disks.ts';
import { AppError, hasCode, notFound } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { type BlockDevice, diskItemOf, isDisk, lsblkArgs, passesType, readLsblk } from './block-devices.ts';
import { readSmart, type SmartData } from './smart-data.ts';

export interface DiskQuery {
  readonly partitions: boolean;
  /** Ask each disk for its health. */
  readonly smart: boolean;
  readonly type?: 'unused' | 'journal_disks' | undefined;
}

export interface SystemDisks {
  list(query: DiskQuery, signal: AbortSignal): Promise<DiskItem[]>;
  /** `not-found` unless it is one of the disks of the list. */
  smart(path: string, healthOnly: boolean, signal: AbortSignal): Promise<SmartReply>;
}

const listMs = 10_000;
const smartMs = 10_000;
const smartAtOnce = 4;
const mostDisks = 512;

export function createSystemDisks(parts: { readonly exec: Exec; readonly byIdFolder?: string }): SystemDisks {
  const { exec, byIdFolder = '/dev/disk/by-id' } = parts;

  async function readDisks(signal: AbortSignal): Promise<BlockDevice[]> {
    const { stdout } = await exec('lsblk', lsblkArgs, {
      ...{ signal, timeoutMs: listMs, intention: 'list the disks' },
    });
    return readLsblk(stdout).filter(isDisk).slice(0, mostDisks);
  }

  /** Undefined when there is no smartctl, or the disk does not answer in time. */
  async function ask(path: string, args: readonly string[], signal: AbortSignal) {
    try {
      const { stdout } = await exec('smartctl', [...args, '--', path], {
        ...{ signal, timeoutMs: smartMs, maxBytes: 1024 * 1024, intention: `ask ${path} for its health` },
        // A bit for each thing that is wrong with the disk (smartctl(8), EXIT STATUS): the JSON says the same.
        okExitCodes: Array.from({ length: 256 }, (_, code) => code),
      });
      return readSmart(stdout);
    } catch (error) {
      if (hasCode(error, 'unavailable') || hasCode(error, 'timeout')) return error as AppError;
      throw error;
    }
  }

  return {
    async list({ partitions, smart, type }, signal) {
      const [disks, links] = await Promise.all([readDisks(signal), readLinks(byIdFolder)]);
      const said = smart
        ? await askAll(disks.filter(canSay), (path) => ask(path, briefly, signal))
        : new Map();
      return disks
        .flatMap((disk) => [
          withSmart(diskItemOf(disk, links), said.get(disk.path)),
          ...(partitions
            ? disk.children
                .filter((child) => child.type === 'part')
                .map((part) => diskItemOf(part, links, disk))
            : []),
        ])
        .filter((item) => passesType(item, type));
    },

    async smart(path, healthOnly, signal) {
      const disk = (await readDisks(signal)).find((one) => one.path === path);
      if (!disk) throw notFound('disk', path);
      if (!canSay(disk)) return { health: 'UNKNOWN', type: 'text', text: 'a virtual disk has no health' };
      const said = await ask(path, healthOnly ? ['--json', '--health'] : fully, signal);
      if (said instanceof AppError) throw said;
      if (healthOnly) return { health: said.health };
      const { health, wearout, attributes, text } = said;
      return attributes
        ? { health, type: 'ata', attributes, wearout, text }
        : { health, type: 'text', text, wearout };
    },
  };
}

// A list must not wake disks that sleep; whoever looks at one disk wants to know.
const briefly = ['--json', '--nocheck=standby', '--health', '--attributes', '--info'] as const;
const fully = ['--json=o', '--health', '--attributes'] as const;

function canSay({ name, transport }: BlockDevice): boolean {
  return transport !== 'virtio' && !/^(vd|xvd|mmcblk|nbd)/.test(name);
}

function withSmart(item: DiskItem, said: SmartData | AppError | undefined): DiskItem {
  if (said === undefined || said instanceof AppError) return item;
  const { health, wearout, rpm = item.rpm } = said;
  const type = item.type === 'ssd' && rpm > 0 ? 'hdd' : item.type;
  return { ...item, type, health, wearout, rpm };
}

async function askAll<T>(
  disks: readonly BlockDevice[],
  ask: (path: string) => Promise<T>,
): Promise<Map<string, T>> {
  const said = new Map<string, T>();
  const waiting = [...disks];
  const worker = async () => {
    for (let disk = waiting.shift(); disk; disk = waiting.shift()) said.set(disk.path, await ask(disk.path));
  };
  await Promise.all(Array.from({ length: Math.min(smartAtOnce, disks.length) }, worker));
  return said;
}

/** How telling the names are that udev gives one disk: model and serial before a mere number. */
const telling = [/^nvme-(?!eui|nvme)/, /^ata-/, /^scsi-S/, /^usb-/, /^virtio-/, /^scsi-/, /^wwn-/, /./];

/** `/dev/disk/by-id/...` by kernel name. Empty where udev does not run. */
async function readLinks(folder: string): Promise<Map<string, string>> {
  const best = new Map<string, { rank: number; path: string }>();
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort().slice(0, 4096)) {
    const target = await readlink(join(folder, name)).catch(() => undefined);
    if (target === undefined) continue;
    const kernelName = basename(target);
    const rank = telling.findIndex((pattern) => pattern.test(name));
    const known = best.get(kernelName);
    if (!known || rank < known.rank) best.set(kernelName, { rank, path: join(folder, name) });
  }
  return new Map([...best].map(([name, { path }]) => [name, path]));
}
