// Entry of the storage type `drbd` as a plugin in a folder of its own, which reaches the second lab node over ssh: until there is a cluster
// that leads there, a daemon has the type in no other way.
import { hostname } from 'node:os';
import { exec } from '../../server/core/exec.ts';
import { localNode } from '../../storage-plugins/drbd/drbd-node.ts';
import { createDrbdPlugin } from '../../storage-plugins/drbd/drbd-plugin.ts';
import { nodeOverSsh } from './node-over-ssh.ts';
import { drbdNodes } from './storage-places.ts';

/** Not with the `exec` that Croft gives: its errors are of Croft's class, those that this bundle knows of its own copy. */
export default function makeDrbd() {
  const own = localNode(hostname(), exec);
  const far = (name: string) => nodeOverSsh(name, drbdNodes[name as keyof typeof drbdNodes]);
  return createDrbdPlugin(own.name, (name) => (name === own.name ? own : far(name)));
}
