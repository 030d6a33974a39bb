// The storage type `glusterfs`: a volume of an existing Gluster cluster, mounted by its FUSE client on each node that uses it.
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { commonOptions } from '../common-options.ts';
import type { StreamingRun } from '../files/qemu-img.ts';
import { mountLimitMs } from '../mounts/mount-command.ts';
import { type MountParts, mountParts } from '../mounts/mount-parts.ts';
import { readMountState } from '../mounts/mount-state.ts';
import { createMountedStorage, mountedDeclaration, mountedOptions } from '../mounts/mounted-storage.ts';
import {
  contractVersion,
  type OptionDeclaration,
  type PluginDeclaration,
  type StoragePlugin,
} from '../plugin.ts';
import { type GlusterVolume, isMountOf, readGlusterVolume } from './gluster-options.ts';

/** After a client that ended well: how often the list of mounts is read, and how many milliseconds apart. */
const mostLooks = 15;
const lookEveryMs = 200;
const everyExitCode = Array.from({ length: 256 }, (_, code) => code);
/** Where a Gluster server tells clients of its volumes: always by TCP. */
const port = 24_007;

const fixedText = (name: string, required: boolean, description: string): OptionDeclaration => ({
  ...{ name, type: 'string', required, fixed: true, description },
});

const declaration: PluginDeclaration = {
  ...mountedDeclaration,
  type: 'glusterfs',
  contractVersion,
  place: ['server', 'volume'],
  options: [
    fixedText('server', true, 'Host name or IPv4 address of a Gluster server.'),
    { ...fixedText('server2', false, 'Another one, asked when the first does not answer.'), fixed: false },
    fixedText('volume', true, 'Name of the Gluster volume.'),
    {
      name: 'transport',
      type: 'choice',
      choices: ['tcp'],
      required: false,
      fixed: false,
      description: 'How the servers are talked to: tcp is all that Gluster has.',
    },
    ...mountedOptions,
    ...commonOptions,
  ],
  programs: [
    { program: 'glusterfs', package: 'glusterfs-client' },
    { program: 'qemu-img', package: 'qemu-utils' },
  ],
};

/** `run` streams a program's output, `world` replaces parts of this node; both for tests. */
export function createGlusterfsPlugin(
  exec: Exec,
  run?: StreamingRun,
  world: Partial<Omit<MountParts, 'exec'>> = {},
): StoragePlugin {
  const parts = mountParts(exec, world);
  return {
    declaration,
    open(id, options) {
      const remote = readGlusterVolume(options);
      const name = `the Gluster volume '${remote.volume}' of '${remote.servers[0]}'`;
      return createMountedStorage(
        { id, options },
        {
          name,
          readOnly: false,
          servers: remote.servers.map((host) => ({ host, port })),
          isOurs: (entry) => isMountOf(remote, entry),
          async mount(context, place) {
            const [program, args] = mountCommand(remote, id, place, await parts.hasSystemd());
            const { exitCode, stderr } = await exec(program, args, {
              ...{ signal: context.signal, timeoutMs: mountLimitMs, intention: `mount ${name}` },
              okExitCodes: everyExitCode,
            });
            // The client says so only in its log; and it may end well before its other half has found out.
            const isMounted = async () =>
              readMountState(await parts.readMounts(), place, (entry) => isMountOf(remote, entry)).kind ===
              'ours';
            for (let look = 0; exitCode === 0 && look < mostLooks; look += 1) {
              if (await isMounted()) return;
              await setTimeout(lookEveryMs, undefined, { signal: context.signal });
            }
            throw new AppError(
              'unavailable',
              `mount ${name}: its client gave up: is it there, and started?`,
              {
                detail: `exit ${exitCode}\n${stderr.slice(0, 8000)}`,
              },
            );
          },
        },
        parts,
        run,
      );
    },
  };
}

/**
 * The client stays behind as the file system's process, and guests' disks end with it: so it is nobody's child of ours. Under systemd
 * it has a scope of its own, which is stopped after the daemon when the node goes down; elsewhere a session of its own. Called
 * without its mount helper: that is a shell script which takes no `nosuid`.
 */
export function mountCommand(
  { servers, volume }: GlusterVolume,
  id: string,
  place: string,
  hasSystemd: boolean,
): readonly [string, readonly string[]] {
  const client = [
    'glusterfs',
    ...servers.map((server) => `--volfile-server=${server}`),
    `--volfile-id=${volume}`,
    '--process-name=fuse',
    place,
  ];
  if (!hasSystemd) return ['setsid', ['--wait', ...client]];
  const scope = ['--scope', '--quiet', '--collect', `--description=Gluster volume of storage ${id}`];
  return ['systemd-run', [...scope, '--property=Before=croft.service', '--', ...client]];
}
