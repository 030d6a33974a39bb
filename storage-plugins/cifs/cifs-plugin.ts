// The storage type `cifs`: a share of an SMB server, mounted on each node that uses it.
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { commonOptions } from '../common-options.ts';
import type { StreamingRun } from '../files/qemu-img.ts';
import { runMount } from '../mounts/mount-command.ts';
import { type MountOptions, renderMountOptions } from '../mounts/mount-options.ts';
import { type MountParts, mountParts } from '../mounts/mount-parts.ts';
import { createMountedStorage, mountedDeclaration, mountedOptions } from '../mounts/mounted-storage.ts';
import { forgetSecretFile, withSecretFile } from '../mounts/secret-file.ts';
import {
  contractVersion,
  type OptionDeclaration,
  type PluginDeclaration,
  type StoragePlugin,
} from '../plugin.ts';
import { isMountOf, readCifsShare, renderCredentials, smbVersions } from './cifs-options.ts';

const text = (name: string, description: string, fixed = false): OptionDeclaration => ({
  ...{ name, type: 'string', required: false, fixed, description },
});

const declaration: PluginDeclaration = {
  ...mountedDeclaration,
  type: 'cifs',
  contractVersion,
  place: ['server', 'share', 'subdir'],
  options: [
    { ...text('server', 'Host name or IP address of the SMB server.', true), required: true },
    { ...text('share', 'Name of the share.', true), required: true },
    text('username', 'User to log in as; without it as a guest.'),
    { ...text('password', 'Password of the user.'), type: 'secret' },
    text('domain', 'Domain or workgroup of the user.'),
    { ...text('subdir', 'A folder of the share to use instead of all of it: /nodes.', true), type: 'path' },
    {
      ...text('smbversion', 'Version of the protocol (default: the newest that the server has).'),
      type: 'choice',
      choices: smbVersions,
    },
    text('options', 'Further mount options with commas between. See mount.cifs(8).'),
    ...mountedOptions,
    ...commonOptions,
  ],
  programs: [
    { program: 'mount.cifs', package: 'cifs-utils' },
    { program: 'qemu-img', package: 'qemu-utils' },
  ],
};

/** `run` streams a program's output, `world` replaces parts of this node; both for tests. */
export function createCifsPlugin(
  exec: Exec,
  run?: StreamingRun,
  world: Partial<Omit<MountParts, 'exec'>> = {},
): StoragePlugin {
  const parts = mountParts(exec, world);
  return {
    declaration,
    open(id, options) {
      const remote = readCifsShare(options);
      const name = `the SMB share '${remote.source}'`;
      const secret = `mount-${id}`;
      const storage = createMountedStorage(
        { id, options },
        {
          name,
          readOnly: remote.options.has('ro'),
          servers: [{ host: remote.server, port: remote.port }],
          isOurs: (entry) => isMountOf(remote, entry),
          async mount(context, at) {
            const owner = await qemuUser(exec, context);
            const mount = async (login: MountOptions) =>
              await runMount(exec, context, {
                ...{ type: 'cifs', source: remote.source, place: at, intention: `mount ${name}` },
                options: renderMountOptions(
                  new Map([...login, ...usualOptions(owner, remote.options), ...remote.options]),
                ),
              });
            if (!remote.user) return await mount(new Map([['guest', null]]));
            await withSecretFile(parts.secrets, secret, renderCredentials(remote.user), async (file) => {
              await mount(new Map([['credentials', file]]));
            });
          },
        },
        parts,
        run,
      );
      // What a process that was killed while it mounted left behind goes whatever comes next.
      return {
        ...storage,
        async activate(context) {
          await forgetSecretFile(parts.secrets, secret);
          await storage.activate(context);
        },
        async deactivate(context) {
          await forgetSecretFile(parts.secrets, secret);
          await storage.deactivate(context);
        },
      };
    },
  };
}

/**
 * `nobrl`: locks stay on this node. SMB's are mandatory: the bytes by which QEMU marks an image as open would be refused to QEMU's own
 * writes, for in a raw image they are the guest's data. What keeps two nodes off one image is that a guest runs on one node. Files
 * belong to whom QEMU runs as, since an SMB server keeps no owners of ours; nobody else on the node gets past the first folder. The
 * files themselves are open to all, for the confined program that reads strangers' images: it is handed them already found. Not
 * so where an administrator opened the folders to others.
 */
function usualOptions(owner: string, given: MountOptions): MountOptions {
  return new Map([
    ['nobrl', null],
    ...([
      ['uid', owner],
      ['gid', '0'],
      ['file_mode', given.has('dir_mode') ? '0600' : '0666'],
      ['dir_mode', '0700'],
    ] as const),
    ...([
      ['forceuid', null],
      ['forcegid', null],
    ] as const),
  ]);
}

/** The number of the user that Debian's libvirt runs QEMU as; root's where there is no such user. */
async function qemuUser(exec: Exec, context: WorkContext): Promise<string> {
  const { stdout } = await exec('id', ['--user', 'libvirt-qemu'], {
    ...{ signal: context.signal, okExitCodes: [0, 1], intention: 'look for the user of QEMU' },
  });
  return /^\d+$/.test(stdout.trim()) ? stdout.trim() : '0';
}
