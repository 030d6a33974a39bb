// What an administrator says of a Gluster volume, checked; and the volume as the kernel's list of mounts has it.
import { isIPv6 } from 'node:net';
import { invalidInput } from '../../server/core/errors.ts';
import type { MountEntry } from '../folders/open-mounts.ts';
import { readServer } from '../mounts/server-name.ts';

export interface GlusterVolume {
  /** Whom the client asks where the volume's parts are, in this order; afterwards it talks to all of them. */
  readonly servers: readonly string[];
  readonly volume: string;
}

/** `invalid-input` about the option that breaks its rule. */
export function readGlusterVolume(options: Readonly<Record<string, unknown>>): GlusterVolume {
  const { volume, server2 } = options;
  const servers = [readGlusterServer('server', options['server'])];
  if (server2 !== undefined && server2 !== '') servers.push(readGlusterServer('server2', server2));
  // Gluster's own rule for names of volumes.
  if (typeof volume !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9_-]{0,254}$/.test(volume))
    throw invalidInput({ volume: 'the name of a Gluster volume: letters, digits, _ and -' });
  if (!['tcp', undefined].includes(options['transport'] as string | undefined))
    throw invalidInput({ transport: 'value must be one of: tcp' });
  return { servers, volume };
}

/** In the kernel's list a colon stands between server and volume, and nothing tells it from one of an address. */
function readGlusterServer(field: string, value: unknown): string {
  const server = readServer(field, value);
  if (isIPv6(server)) throw invalidInput({ [field]: 'write a host name or an IPv4 address' });
  return server;
}

/** The process writes `server:volume`, with or without a slash, whichever of the servers it was given it names. */
export function isMountOf({ servers, volume }: GlusterVolume, entry: MountEntry): boolean {
  if (entry.fileSystem !== 'fuse.glusterfs') return false;
  const [, server = '', name = ''] = /^([^:]+):\/?(.+)$/.exec(entry.source) ?? [];
  return servers.includes(server) && name === volume;
}
