// Two lab nodes as peers of mirrored volumes: the way from one to the other, the storage type in the first one's daemon, their disks.
import { drbdGroup, drbdKey, drbdNodes } from '../appliance/storage-places.ts';
import { deviceOf } from './lab-storages.ts';
import type { LabNode } from './node.ts';
import { sendBundle } from './send-bundle.ts';

const minute = 60_000;
const pluginFolder = '/etc/croft/storage-plugins/drbd';

/** Gives the first node a key that the second takes: the cluster's way, once there is one. */
export async function letIn(one: LabNode, two: LabNode): Promise<void> {
  await one.ssh.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', drbdKey]);
  const key = await one.ssh.output(['cat', `${drbdKey}.pub`]);
  await two.ssh.script(`mkdir -p /root/.ssh && echo '${key}' >> /root/.ssh/authorized_keys`);
}

/**
 * The lab's private network as the appliance configures one with a fixed address (network/host-config): a pulled cable takes no address
 * away. A mirror that lost its own would not try to connect any more.
 */
export async function keepAddresses(nodes: readonly LabNode[]): Promise<void> {
  for (const { ssh } of nodes)
    await ssh.script(`file=/etc/systemd/network/10-lab-private.network
printf 'ConfigureWithoutCarrier=yes\nKeepConfiguration=static\n' >> $file
networkctl reload`);
}

/** Puts the type `drbd` among the node's plugins as a third party's administrator does: a folder, and a restart. */
export async function installDrbdPlugin(node: LabNode): Promise<void> {
  const bundle = await sendBundle(node, 'test/appliance/drbd-plugin-folder.ts');
  await node.ssh.script(
    `install -d -m 755 ${pluginFolder}\ninstall -m 644 ${bundle} ${pluginFolder}/plugin.mjs\nsystemctl restart croft.service`,
    { timeoutMs: 4 * minute },
  );
  await node.api.waitUntilUp(4 * minute, () => node.machine.running);
}

/** The same volume group on both, each by its own page of disks. */
export async function makeDrbdGroups(nodes: readonly LabNode[]): Promise<void> {
  for (const node of nodes) {
    const { api, name } = node;
    const device = await deviceOf(node, 0);
    const task = await api.call<string>('POST', `/nodes/${name}/disks/lvm`, { device, name: drbdGroup });
    await api.waitTask(task, 5 * minute);
  }
}

/** Parameters of the storage for `POST /storage`. */
export const drbdStorage = {
  ...{ type: 'drbd', vgname: drbdGroup, content: 'images' },
  'plugin-options': JSON.stringify({
    peers: Object.entries(drbdNodes)
      .map(([name, address]) => `${name}=${address}`)
      .join(','),
    secret: 'sixteen-letters-or-more',
  }),
};
