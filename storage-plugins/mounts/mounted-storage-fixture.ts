// A storage over a fake mount, for the contract suite.
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Exec } from '../../server/core/exec.ts';
import type { StorageUnderTest } from '../../test/contracts/storage-plugin.ts';
import { unfinishedFiles } from '../../test/fixtures/dir-storage.ts';
import type { StreamingRun } from '../files/qemu-img.ts';
import type { StoragePlugin } from '../plugin.ts';
import { fakeNode, removeFakeNode } from './fake-mounts-fixture.ts';
import type { MountParts } from './mount-parts.ts';

type CreatePlugin = (
  exec: Exec,
  run: StreamingRun | undefined,
  world: Partial<Omit<MountParts, 'exec'>>,
) => StoragePlugin;

/** The suite opens it as `test`. Left over are also mounts besides its own, and secrets. */
export async function mountedUnderTest(
  create: CreatePlugin,
  options: Readonly<Record<string, unknown>>,
): Promise<StorageUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'croft-mounted-'));
  const node = fakeNode(folder);
  return {
    plugin: create(node.exec, undefined, node.world),
    options,
    cleanUp: async () => await removeFakeNode(folder),
    leftovers: async () => [
      ...(await unfinishedFiles(path.join(folder, 'mounts/test'))),
      ...(await readdir(path.join(folder, 'secrets')).catch(() => [] as string[])),
      ...node.mounts.slice(1).map(({ place }) => place),
    ],
    tooManyBytes: 2 ** 52,
  };
}
