// A volume group laid on a LUN of another storage, for a new storage that names that LUN as its base. Nothing on a LUN is overwritten.
import { open, realpath } from 'node:fs/promises';
import type { Attachment } from '../../storage-plugins/plugin.ts';
import { AppError, asAppError, hasCode, invalidInput } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { mebibyte } from '../core/units.ts';
import type { WorkContext } from '../core/work-context.ts';
import {
  type PhysicalVolume,
  physicalVolumeFields,
  readPhysicalVolumes,
  readSignatures,
} from './lun-reports.ts';

export interface WantedGroup {
  readonly vgname: string;
  /** Volume id of the LUN. */
  readonly base: string;
}

/** What is asked of the storages; `StorageService` has it. */
export interface LunAccess {
  attach(context: WorkContext, volid: string): Promise<Attachment>;
  /** `busy` when a guest has the LUN as its disk. */
  requireUnused(volid: string): void;
}

/**
 * Makes the volume group on the LUN when there is none of that name; answers how to take it away again, or undefined when it was there.
 * `wrong-state`, saying what is on it, for a LUN that is not empty; `already-exists` for a group of that name elsewhere; `busy`.
 * Repeatable: a physical volume that an interrupted attempt left, without a group, is used.
 */
export type LayGroupOnLun = (
  context: WorkContext,
  wanted: WantedGroup,
  luns: LunAccess,
) => Promise<(() => Promise<void>) | undefined>;

/** The beginning that must be zeros: boot code, tables and headers that no program knows stand there. */
const blankBytes = mebibyte;
/** Milliseconds. LVM waits for its own lock. */
const limitMs = 60_000;

/** What is asked of devices beside programs; for tests to replace. */
export interface DeviceReads {
  /** Its first bytes. */
  readStart(path: string): Promise<Uint8Array>;
  /** What a link leads to. */
  resolve(path: string): Promise<string>;
}

export function layGroupOnLun(exec: Exec, device: DeviceReads = realDevices): LayGroupOnLun {
  const physicalVolumes = async (context: WorkContext) => {
    const form = ['--reportformat', 'json', '--options', physicalVolumeFields.join(',')];
    const { stdout } = await exec('pvs', form, {
      ...{ signal: context.signal, timeoutMs: limitMs, intention: 'look for volume groups' },
    });
    return readPhysicalVolumes(stdout);
  };
  const onDevice = async (all: readonly PhysicalVolume[], path: string) => {
    const wanted = await device.resolve(path);
    for (const volume of all) if ((await device.resolve(volume.device)) === wanted) return volume;
    return undefined;
  };

  return async (context, { vgname, base }, luns) => {
    checkGroupName(vgname);
    luns.requireUnused(base);
    const before = await physicalVolumes(context);
    const members = before.filter(({ group }) => group === vgname);
    const path = await pathOf(context, base, luns, members.length > 0 ? vgname : undefined);
    // Its volumes are in use: it is there, and on the LUN.
    if (path === undefined) return undefined;
    const own = await onDevice(before, path);
    if (members.length > 0) {
      if (own?.group === vgname) return undefined;
      const where = members.map((volume) => volume.device).join(', ');
      throw new AppError('already-exists', `a volume group '${vgname}' exists already, on ${where}`, {
        fields: { vgname: 'a volume group of this name exists on another device' },
      });
    }
    if (own && (own.group !== '' || own.inUse)) throw notEmpty(base, `the volume group '${own.group}'`);
    const { stdout } = await exec('wipefs', ['--json', '--no-act', path], {
      ...{ signal: context.signal, timeoutMs: limitMs, intention: 'look what is on the LUN' },
    });
    const signatures = readSignatures(stdout).filter((kind) => !own || kind !== 'LVM2_member');
    if (signatures.length > 0) throw notEmpty(base, signatures.join(', '));
    if (!own && (await device.readStart(path)).some((byte) => byte !== 0))
      throw notEmpty(base, 'data of an unknown kind');
    // A guest may have got it as its disk meanwhile.
    luns.requireUnused(base);
    await exec('vgcreate', [vgname, path], {
      ...{ signal: context.signal, timeoutMs: limitMs, intention: `make the volume group on '${base}'` },
    });
    context.log(`volume group '${vgname}' made on '${base}'`);
    return async () => {
      // vgremove refuses a group with volumes.
      await exec('vgremove', [vgname], { timeoutMs: limitMs, intention: 'remove the volume group' });
      await exec('pvremove', [path], { timeoutMs: limitMs, intention: 'clear the LUN' });
    };
  };
}

const realDevices: DeviceReads = {
  async readStart(path) {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(blankBytes), 0, blankBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  resolve: (path) => realpath(path).catch(() => path),
};

/**
 * Where the LUN is. Undefined when it cannot be opened because volumes of the very group are active on it, which its storage tells
 * by its holders.
 */
async function pathOf(
  context: WorkContext,
  base: string,
  luns: LunAccess,
  existingGroup: string | undefined,
): Promise<string | undefined> {
  let attachment: Attachment;
  try {
    attachment = await luns.attach(context, base);
  } catch (error) {
    const holders = asAppError(error).data?.['holders'];
    if (
      existingGroup !== undefined &&
      hasCode(error, 'busy') &&
      Array.isArray(holders) &&
      holders.length > 0 &&
      holders.every((holder) => String(holder).startsWith(`the logical volume ${existingGroup}/`))
    )
      return undefined;
    throw error;
  }
  if (attachment.kind !== 'block')
    throw invalidInput({
      base: `'${base}' is not a device: choose a LUN of an iSCSI or block device storage`,
    });
  return attachment.path;
}

/** lvm(8), "VALID NAMES"; the storage's plugin has checked it, and it stands in arguments here. */
function checkGroupName(vgname: string): void {
  if (!/^[A-Za-z0-9_.+][A-Za-z0-9_.+-]{0,126}$/.test(vgname) || vgname === '.' || vgname === '..')
    throw invalidInput({ vgname: 'not the name of a volume group' });
}

function notEmpty(base: string, what: string): AppError {
  return new AppError(
    'wrong-state',
    `'${base}' is not empty: there is ${what} on it. Clear it first if nobody needs that`,
    { fields: { base: `there is ${what} on it` } },
  );
}
