// Device nodes that a container is handed: made on a small file system of the driver's, where LXC binds them from.
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../../core/errors.ts';
import type { Exec } from '../../../core/exec.ts';
import { readHostMounts } from '../../../core/mount-table.ts';
import type { CtDeviceNode } from '../ct-driver.ts';
import { ctPaths } from '../ct-paths.ts';
import { noteMount } from './mount-notes.ts';

/** The run folder may be mounted `nodev`; a small tmpfs is not. Noted as the other mounts, and taken away with them. */
export async function makeDeviceNodes(
  exec: Exec,
  base: string,
  vmid: number,
  devices: readonly CtDeviceNode[],
): Promise<void> {
  const [first] = devices;
  if (!first) return;
  const paths = ctPaths(base, vmid);
  const folder = dirname(first.node);
  await mkdir(folder, { recursive: true, mode: 0o711 });
  if (!readHostMounts().some(({ point }) => point === folder)) {
    noteMount(paths.mounts, folder);
    const options = 'mode=0711,nosuid,noexec,size=64k';
    await exec('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { intention: 'make device nodes' });
  }
  for (const { key, type, major, minor, node, uid, gid, mode } of devices) {
    if (dirname(node) !== folder || !/^0?[0-7]{3}$/.test(mode))
      throw new AppError('internal', `${key}: not a device node to be made`, { detail: `${node} ${mode}` });
    await rm(node, { force: true });
    await exec('mknod', [node, type, String(major), String(minor)], { intention: `make ${key}` });
    await chown(node, uid, gid);
    await chmod(node, Number.parseInt(mode, 8));
  }
}
