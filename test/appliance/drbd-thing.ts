// Mirrored volumes between two lab nodes, seen from the first one; the second is reached over ssh.
import { exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { localNode } from '../../storage-plugins/drbd/drbd-node.ts';
import { createDrbdPlugin } from '../../storage-plugins/drbd/drbd-plugin.ts';
import { nodeOverSsh } from './node-over-ssh.ts';
import { drbdGroup, drbdNodes, spareDisks } from './storage-places.ts';
import type { StorageThing } from './storage-things.ts';

const [here, there] = ['lab1', 'lab2'] as const;
const own = localNode(here, exec);
const peer = nodeOverSsh(there, drbdNodes[there]);
const onNode = (name: string) => (name === here ? own : peer);

/** As the daemon of that node would have it. */
export const drbdPluginOf = (node: keyof typeof drbdNodes) => createDrbdPlugin(node, onNode);

export const drbdOptions = {
  vgname: drbdGroup,
  peers: Object.entries(drbdNodes)
    .map(([name, address]) => `${name}=${address}`)
    .join(','),
  secret: 'sixteen-letters-or-more',
};

/** Runs a script on both nodes. */
export async function onBoth(script: string): Promise<void> {
  for (const node of [own, peer]) await node.exec('sh', ['-euc', script], { timeoutMs: 120_000 });
}

const clear = `
drbdadm down all 2> /dev/null || true
rm -f /etc/drbd.d/*.res
lvs --noheadings -o lv_full_name ${drbdGroup} | while read -r volume; do lvremove -q -y -f "$volume"; done
`;

export function drbd(): StorageThing {
  const plugin = drbdPluginOf(here);
  return {
    async setUp() {
      await onBoth(`modprobe drbd
vgs ${drbdGroup} > /dev/null 2>&1 || vgcreate -q -y ${drbdGroup} ${spareDisks[0]}`);
    },
    under: () => ({
      ...{ plugin, options: drbdOptions, tooManyBytes: 2 ** 52 },
      async leftovers() {
        const { stdout } = await peer.exec('lvs', ['--noheadings', '-o', 'lv_name', drbdGroup]);
        return stdout.split(/\s+/).filter((name) => name !== '' && !/^vm-\d+-/.test(name));
      },
      async cleanUp() {
        await plugin.open('test', drbdOptions).deactivate(quietContext());
        await onBoth(clear);
      },
    }),
    tearDown: () => onBoth(`vgremove -q -y -f ${drbdGroup}`),
  };
}
