// Storages that keep no trees of containers: what they say to each call about one.
import { AppError, notFound } from '../../server/core/errors.ts';
import type { FolderVolumes } from '../folders/folder-volumes.ts';

const refuse = async (): Promise<never> => {
  throw new AppError('unsupported', 'this storage keeps no trees of containers: use format raw');
};
const unknown = async (_context: unknown, { name }: { readonly name: string }): Promise<never> => {
  throw notFound('volume', name);
};

/**
 * A tree needs owners, links and special files as the node has them, and layers that the kernel mounts on each other: servers
 * with other rules for names and owners cannot promise that. Folders that look like one are not ours.
 */
export const noTrees: FolderVolumes = {
  formats: ['subvol'],
  describe: async () => undefined,
  create: refuse,
  copy: refuse,
  remove: unknown,
  resize: unknown,
  snapshot: unknown,
  rollback: unknown,
  removeSnapshot: unknown,
  listSnapshots: async (volume) => await unknown(undefined, volume),
  clone: unknown,
  makeBase: unknown,
  reassign: unknown,
  limitsTrees: async () => false,
  attach: unknown,
  removeFolder: async () => {},
  sweep: async () => [],
};
