// A lab node that is storage servers for itself: NFS, CIFS, iSCSI, GlusterFS, each of which can be cut off and brought back.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readProfile } from '../../iso-builder/profile.ts';
import { exec } from '../../server/core/exec.ts';
import {
  cutOff,
  mountServersRoot,
  reconnect,
  serversImage,
  startServer,
} from '../appliance/server-scripts.ts';
import { type StorageServer, serverAddresses, serversFolder } from '../appliance/storage-places.ts';
import { cacheRoot, madeOnce } from './lab-cache.ts';
import type { LabNode } from './node.ts';

const minute = 60_000;
/** What the appliance has not. Its kernel has the targets of iSCSI and NFS. */
const packages = ['nfs-kernel-server', 'samba', 'glusterfs-server'];
/** Raised when what is made here changes. */
const version = 1;
const unread = ['doc', 'man', 'info', 'locale', 'lintian', 'bug'];

/**
 * Debian's servers in a squashfs of their own, made once. Not part of an image: what is tested is the appliance as it is built,
 * and a new ISO needs no new servers.
 */
async function serversImageFile(): Promise<string> {
  const folder = join(cacheRoot, `storage-servers-${version}`);
  await madeOnce(folder, async (work) => {
    const { suite, mirrors } = readProfile('appliance');
    const root = join(work, 'root');
    await exec(
      'mmdebstrap',
      [
        ...['--mode=root', '--variant=minbase', '--format=directory'],
        '--aptopt=APT::Install-Recommends "false"',
        ...unread.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
        `--include=${packages.join(',')}`,
        suite,
        root,
        ...mirrors.map(({ url, suite: of }) => `deb ${url} ${of} main`),
      ],
      { env: { TMPDIR: work }, timeoutMs: 15 * minute, intention: 'install the storage servers' },
    );
    await exec(
      'mksquashfs',
      [
        root,
        join(work, 'root.squashfs'),
        '-quiet',
        '-no-progress',
        '-comp',
        'zstd',
        '-Xcompression-level',
        '6',
      ],
      { timeoutMs: 5 * minute },
    );
    rmSync(root, { recursive: true });
  });
  return join(folder, 'root.squashfs');
}

export class StorageServers {
  readonly #node: LabNode;

  private constructor(node: LabNode) {
    this.#node = node;
  }

  /** Starts these on the node, one after the other, and tells how long each took. They go with the node. */
  static async on(
    node: LabNode,
    which: readonly StorageServer[] = Object.keys(serverAddresses) as StorageServer[],
    say: (line: string) => void = (line) => process.stderr.write(`lab servers: ${line}\n`),
  ): Promise<StorageServers> {
    const servers = new StorageServers(node);
    const timed = async (what: string, work: () => Promise<unknown>) => {
      const began = Date.now();
      await work();
      say(`${what}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    };
    const image = await serversImageFile();
    await timed('root sent', async () => {
      await node.ssh.run(['mkdir', '-p', serversFolder]);
      await node.ssh.copyTo(image, serversImage, 10 * minute);
    });
    await timed('root mounted', () => servers.script(mountServersRoot));
    for (const server of which) await timed(server, () => servers.script(startServer[server]));
    return servers;
  }

  /** Runs one of the scripts of `server-scripts.ts`; answers what it printed. */
  async script(text: string): Promise<string> {
    const { stdout } = await this.#node.ssh.script(text, { timeoutMs: 4 * minute });
    return stdout;
  }

  /** As when its cable is pulled. Repeatable. */
  async cut(server: StorageServer): Promise<void> {
    await this.script(reconnect(server));
    await this.script(cutOff(server));
  }

  /** Repeatable. */
  async reconnect(server: StorageServer): Promise<void> {
    await this.script(reconnect(server));
  }
}
