// One file system of a container, mounted at a place of ours below the run folder: overlay, folder, image or block device.
import { constants, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import { rawPath } from '../../raw-path.ts';
import type { CtMountPlan } from '../ct-driver.ts';
import type { Mounter } from './mounter.ts';

/** Options that a single mount can have; the rest belong to a whole file system. */
const mountOptions = new Set(['nodev', 'noexec', 'nosuid', 'noatime', 'relatime', 'nodiratime']);
const systemOptions = new Set([...mountOptions, 'discard', 'lazytime', 'acl', 'noacl']);
const { O_DIRECTORY, O_NOFOLLOW } = constants;
/** open(2); Node has no name for it. */
const pathOnly = 0o10000000;

/**
 * Mounts the plan's source at `point`, which exists. `layers`: a folder for links to the layers of an overlay. It is
 * shared where the host's mounts are (systemd): namespaces of services that copied it let go of it with us. Device nodes are dead in
 * unprivileged containers.
 */
export async function mountSource(
  { exec, mounter }: { readonly exec: Exec; readonly mounter: Mounter },
  plan: CtMountPlan,
  point: string,
  layers: string,
  { unprivileged, signal }: { unprivileged: boolean; signal: AbortSignal },
): Promise<void> {
  const { attachment, key } = plan;
  const run = (args: readonly string[]) =>
    exec('mount', args, { signal, timeoutMs: 60_000, intention: `mount ${key}` }).then(() => undefined);
  const flags = (known: ReadonlySet<string>) => [
    plan.readOnly ? 'ro' : 'rw',
    ...new Set([...(unprivileged ? ['nodev'] : []), ...plan.options.filter((option) => known.has(option))]),
  ];
  if (attachment.kind === 'directory') {
    const folder = await openFolder(key, attachment.path);
    try {
      const source = `/proc/${process.pid}/fd/${folder.fd}/.`;
      const options = flags(mountOptions);
      if (await mounter.bind(source, point, options)) return;
      await run(['--no-canonicalize', '--bind', '-o', options.join(','), source, point]);
    } finally {
      await folder.close();
    }
    return;
  }
  if (attachment.kind === 'overlay') {
    // Links of ours in place of the real paths: no colon, comma or backslash in the options, and never too long for a page.
    if (existsSync(layers)) rmSync(layers, { recursive: true });
    mkdirSync(layers, { recursive: true, mode: 0o700 });
    const link = (name: string, path: string) => {
      symlinkSync(path, join(layers, name));
      return join(layers, name);
    };
    const lower = attachment.lower.map((path, index) => link(String(index), path));
    const upper = link('upper', attachment.upper);
    const work = link('work', attachment.work);
    const data = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`;
    const options = flags(mountOptions);
    if (await mounter.overlay(point, options, data)) return;
    return run(['-t', 'overlay', '-o', [...options, data].join(','), 'overlay', point]);
  }
  const disk = rawPath(attachment);
  if (disk !== undefined) {
    const image = attachment.kind === 'file';
    const options = [...(image ? ['loop'] : []), ...flags(systemOptions)];
    const mount = (more: readonly string[]) =>
      run([
        ...['-t', image ? 'ext4' : 'ext4,xfs,btrfs'],
        ...['-o', [...options, ...more].join(','), disk, point],
      ]);
    if (!plan.readOnly) return mount([]);
    // A snapshot of a file system that was in use, which nobody may write to: its journal cannot be played back.
    return mount([]).catch((error: unknown) => mount(['noload']).catch(() => Promise.reject(error)));
  }
  throw new AppError('unsupported', `${key}: a container cannot use a volume of this kind`, {
    detail: JSON.stringify(attachment),
  });
}

/** A link at the end of the path is refused: it could have been put there by whoever may write beside it. */
async function openFolder(key: string, path: string) {
  try {
    return await open(path, pathOnly | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const text =
      code === 'ENOENT' ? 'the folder does not exist' : 'it is not a folder (links are not followed)';
    throw new AppError(code === 'ENOENT' ? 'not-found' : 'invalid-input', `${key}: ${text}`, {
      detail: path,
      cause: error,
    });
  }
}
