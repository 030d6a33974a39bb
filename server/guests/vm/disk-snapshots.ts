// Internal snapshots of the images that a running guest has open: QEMU takes them, nobody else may write to the files.
import type { DomainRef, ReconnectingLibvirt } from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import { deviceAlias } from './domain-host.ts';
import { qmp } from './qmp.ts';

/** All in one transaction: either each has it, and of the same moment, or none. */
export async function takeDiskSnapshots(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  keys: readonly string[],
  snapshot: string,
): Promise<void> {
  if (keys.length === 0) return;
  const nodes = readNodes(await qmp(client, domain, 'query-block'), keys);
  const actions = keys.map((key) => ({
    type: 'blockdev-snapshot-internal-sync',
    data: { device: nodes.get(key), name: snapshot },
  }));
  await qmp(client, domain, 'transaction', { actions });
}

export async function dropDiskSnapshots(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  keys: readonly string[],
  snapshot: string,
): Promise<void> {
  if (keys.length === 0) return;
  const nodes = readNodes(await qmp(client, domain, 'query-block'), keys);
  for (const key of keys) {
    const args = { device: nodes.get(key), name: snapshot };
    try {
      await qmp(client, domain, 'blockdev-snapshot-delete-internal-sync', args);
    } catch (error) {
      if (!(error instanceof AppError && /does not exist/.test(error.message))) throw error;
    }
  }
}

/** The block nodes of the drives, out of the answer to `query-block`; `not-found` for a drive that the guest does not have. */
export function readNodes(answer: unknown, keys: readonly string[]): Map<string, string> {
  const blocks = answer as { qdev?: string; inserted?: { 'node-name'?: string } }[];
  return new Map(
    keys.map((key) => {
      // `ua-scsi0`, or within a path: `/machine/peripheral/ua-virtio0/virtio-backend`.
      const found = blocks.find(({ qdev }) => qdev?.split('/').includes(deviceAlias(key)));
      const node = found?.inserted?.['node-name'];
      if (node === undefined) throw new AppError('not-found', `the running guest has no drive '${key}'`);
      return [key, node];
    }),
  );
}
