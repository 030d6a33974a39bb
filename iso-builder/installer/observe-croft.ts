// Finds a Croft installation on a disk and reads its name, version and schema, without changing anything.
import { join } from 'node:path';
import { z } from 'zod';
import { partitions, slots, volumeGroup } from '../../server/core/appliance-layout.ts';
import { asAppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { HostFiles } from './observe-files.ts';
import { type BlockNode, plain } from './observe-lsblk.ts';
import type { Signature } from './observe-signature.ts';
import type { FoundCroft } from './types.ts';

export interface CroftPartition {
  readonly node: BlockNode;
  readonly signature: Signature;
}

export interface CroftOptions {
  readonly exec: Exec;
  readonly files: HostFiles;
  /** Highest schema of the state that the image to be installed knows. */
  readonly stateSchema: number;
}

/** What is read of an installation. */
interface Read {
  readonly hostname: string | undefined;
  readonly version: string | undefined;
  readonly schema: number | undefined;
}

const ourNames = Object.values(partitions).map(({ number, name }) => ({ number, name: name as string }));

/**
 * The installation on a disk with these partitions; undefined when none of ours is there. File systems are mounted
 * read-only, journal not replayed, in a folder of their own, and unmounted. `groups` are volume groups by device path.
 * Never rejects: what cannot be read is a reason not to keep it.
 */
export async function findCroft(
  parts: readonly CroftPartition[],
  groups: ReadonlyMap<string, string>,
  options: CroftOptions,
): Promise<FoundCroft | undefined> {
  const named = (name: string) => parts.find(({ signature }) => signature.partName === name);
  const system = named(partitions.system.name);
  const state = named(partitions.state.name);
  if (system === undefined && state === undefined) return undefined;
  let unreadable: string | undefined;
  let read: Read = { hostname: undefined, version: undefined, schema: undefined };
  try {
    read = { ...read, ...(state && (await lookInto(state, readState, options))) };
    read = { ...read, ...(system && (await lookInto(system, readVersion, options))) };
  } catch (thrown) {
    unreadable = asAppError(thrown).message;
  }
  // The arrays of a mirror are assembled by the installer only: until then there is nothing to read.
  const sleepingMirror = [system, state].some((part) => part !== undefined && deviceOf(part) === undefined);
  const reason =
    layoutProblem(parts) ??
    guestsProblem(named(partitions.guests.name), groups) ??
    (unreadable === undefined ? undefined : `its settings cannot be read: ${unreadable}`) ??
    (sleepingMirror ? undefined : schemaProblem(read.schema, options.stateSchema));
  return {
    hostname: read.hostname,
    version: read.version,
    stateSchema: read.schema,
    keepable: reason === undefined,
    reason,
  };
}

function layoutProblem(parts: readonly CroftPartition[]): string | undefined {
  const found = parts.map(({ signature }) => `${signature.partNumber} ${signature.partName}`).toSorted();
  const wanted = ourNames.map(({ number, name }) => `${number} ${name}`).toSorted();
  if (found.length === wanted.length && found.every((one, at) => one === wanted[at])) return undefined;
  return 'the disk is not divided as this version of Croft does it';
}

function guestsProblem(
  guests: CroftPartition | undefined,
  groups: ReadonlyMap<string, string>,
): string | undefined {
  if (guests === undefined) return 'it has no partition for guests';
  if (isRaid(guests) && deviceOf(guests) === undefined) return undefined;
  const group = groups.get(deviceOf(guests) ?? '') ?? groups.get(guests.node.path);
  return group === volumeGroup ? undefined : `the volume group ${volumeGroup} with the guests is not on it`;
}

function schemaProblem(schema: number | undefined, known: number): string | undefined {
  if (schema === undefined) return 'its settings carry no version';
  if (schema <= known) return undefined;
  return `its settings were written by a newer version of Croft (${schema}; this one knows ${known})`;
}

function isRaid({ signature, node }: CroftPartition): boolean {
  return signature.type === 'linux_raid_member' || node.fsType === 'linux_raid_member';
}

/** The device with the file system: the partition, or the array on it; undefined while the array is not active. */
function deviceOf(part: CroftPartition): string | undefined {
  if (!isRaid(part)) return part.node.path;
  return part.node.children.find(({ type }) => type.startsWith('raid') || type === 'md')?.path;
}

/** Runs `look` on the partition's files: where it is mounted already, else mounted for the moment. */
async function lookInto(
  part: CroftPartition,
  look: (folder: string, files: HostFiles) => Promise<Partial<Read>>,
  { exec, files }: CroftOptions,
): Promise<Partial<Read>> {
  const mounted = [...part.node.mountpoints, ...part.node.children.flatMap((child) => child.mountpoints)][0];
  if (mounted !== undefined) return look(mounted, files);
  const device = deviceOf(part);
  if (device === undefined) return {};
  const folder = await files.mountFolder();
  try {
    // noload: the journal of a machine that was switched off hard is not replayed, ext4(5).
    const options = 'ro,noload,nosuid,nodev,noexec';
    await exec('mount', ['-t', 'ext4', '-o', options, device, folder.path], {
      intention: `read ${device}`,
      timeoutMs: 15_000,
    });
    try {
      return await look(folder.path, files);
    } finally {
      await exec('umount', [folder.path], { intention: `let go of ${device}`, timeoutMs: 15_000 }).catch(() =>
        exec('umount', ['--lazy', folder.path], { intention: `let go of ${device}`, timeoutMs: 15_000 }),
      );
    }
  } finally {
    await folder.remove();
  }
}

/** Written by the installer: the name of the first day. */
const installation = z.object({ hostname: z.string() });

async function readState(folder: string, files: HostFiles): Promise<Partial<Read>> {
  const schema = (await files.text(join(folder, 'schema')))?.trim();
  const saved = await files.text(join(folder, 'files/etc/hostname'));
  const installed = installation.safeParse(parseJson(await files.text(join(folder, 'install.json'))));
  const hostname = plain(saved ?? (installed.success ? installed.data.hostname : ''));
  return {
    schema: schema !== undefined && /^\d{1,6}$/.test(schema) ? Number(schema) : undefined,
    hostname: hostname === '' ? undefined : hostname.slice(0, 253),
  };
}

const manifest = z.object({ version: z.string(), built: z.string().catch('') });

/** The newest of the images in the two slots. */
async function readVersion(folder: string, files: HostFiles): Promise<Partial<Read>> {
  const texts = await Promise.all(slots.map((slot) => files.text(join(folder, slot, 'manifest.json'))));
  const images = texts.flatMap((text) => {
    const parsed = manifest.safeParse(parseJson(text));
    return parsed.success ? [parsed.data] : [];
  });
  const newest = images.toSorted((a, b) => b.built.localeCompare(a.built))[0];
  return { version: newest === undefined ? undefined : plain(newest.version).slice(0, 60) };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
