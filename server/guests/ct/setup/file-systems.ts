// ext4 in volumes, and copies of trees: the real `CtFileSystems`.
import { realpath } from 'node:fs/promises';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import type { WorkContext } from '../../../core/work-context.ts';
import { rawPath } from '../../raw-path.ts';
import type { CtFileSystems } from '../ct-setup.ts';

const hour = 3_600_000;
type Target = Parameters<CtFileSystems['format']>[1];

export function createCtFileSystems(exec: Exec): CtFileSystems {
  return {
    async format(context, attachment, uid) {
      const path = pathOf(attachment, 'format');
      await refuseUnlessEmpty(exec, context, path);
      // lazy_itable_init: tables are zeroed in the background; a file or thin volume stays small and is ready at once.
      const extended = `root_owner=${uid}:${uid},lazy_itable_init=1,lazy_journal_init=1`;
      await exec('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', extended, path], {
        timeoutMs: hour,
        signal: context.signal,
        intention: 'format the volume',
      });
    },

    async grow(context, attachment) {
      const path = pathOf(attachment, 'grow');
      const device = await mountedAs(exec, path);
      const settings = { timeoutMs: hour, signal: context.signal, intention: 'grow the file system' };
      if (device !== undefined) {
        // A loop device still has the length that the file had (losetup(8), --set-capacity).
        if (device !== path) await exec('losetup', ['--set-capacity', device], settings);
        await exec('resize2fs', [device], settings);
        return;
      }
      // resize2fs(8) insists on a check first; 1: errors were corrected.
      await exec('e2fsck', ['-f', '-p', path], { ...settings, okExitCodes: [0, 1] });
      await exec('resize2fs', [path], settings);
    },

    async copyTree(context, from, to) {
      // cp(1): hard links, owners, modes, times, ACLs and all attributes; blocks are shared where the file system can.
      const how = [
        '--archive',
        '--no-target-directory',
        '--reflink=auto',
        '--sparse=always',
        '--one-file-system',
      ];
      await exec('cp', [...how, '--', from, to], {
        timeoutMs: 24 * hour,
        signal: context.signal,
        intention: 'copy the files',
      });
    },
  };
}

function pathOf(attachment: Target, what: string): string {
  const path = rawPath(attachment);
  if (path !== undefined) return path;
  throw new AppError('unsupported', `${what}: a volume of the kind '${attachment.kind}' is no disk`);
}

/** `wrong-state` when anybody's signature is on it: blkid(8) and wipefs(8) know more kinds than each other. */
async function refuseUnlessEmpty(exec: Exec, context: WorkContext, path: string): Promise<void> {
  const settings = { signal: context.signal, intention: 'look at the volume' };
  const probe = await exec('blkid', ['--probe', '--', path], { ...settings, okExitCodes: [0, 2, 8] });
  // 8: several kinds at once. 2: none, or it cannot be read, which wipefs tells.
  const found = probe.exitCode === 2 ? '' : probe.stdout.trim() || 'several kinds of data';
  const signatures = await exec('wipefs', ['--no-act', '--parsable', '--', path], settings);
  const kinds = signatures.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (found === '' && kinds.length === 0) return;
  const kind = /\b(?:PT)?TYPE="([^"]+)"/.exec(found)?.[1] ?? kinds[0]?.split(',').at(-1) ?? 'data';
  throw new AppError('wrong-state', `the volume is not empty: it holds ${kind}`);
}

/** The device of a mounted volume: itself, or the loop device of a file; undefined when it is mounted nowhere. */
async function mountedAs(exec: Exec, path: string): Promise<string | undefined> {
  const settings = { intention: 'find the mounts of the volume' };
  const mounts = await exec('findmnt', ['--noheadings', '--raw', '--output', 'SOURCE'], settings);
  const sources = mounts.stdout.split('\n').map((source) => source.replace(/\[.*\]$/, ''));
  if (sources.includes(path) || (await leadsToOneOf(path, sources))) return path;
  const loops = await exec(
    'losetup',
    ['--noheadings', '--raw', '--output', 'NAME', '--associated', path],
    settings,
  );
  return loops.stdout.split('\n').find((name) => name !== '' && sources.includes(name));
}

/** Devices have several names: a logical volume is mounted as `/dev/mapper/group-volume`. */
async function leadsToOneOf(path: string, sources: readonly string[]): Promise<boolean> {
  const device = await realpath(path).catch(() => path);
  if (!device.startsWith('/dev/')) return false;
  const names = sources.filter((source) => source.startsWith('/dev/'));
  const devices = await Promise.all(names.map((name) => realpath(name).catch(() => name)));
  return devices.includes(device);
}
