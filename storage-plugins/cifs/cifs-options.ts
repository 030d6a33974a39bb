// What an administrator says of an SMB share, checked; and the share as mount(8) and the kernel write it.
import { invalidInput } from '../../server/core/errors.ts';
import type { MountEntry } from '../folders/open-mounts.ts';
import { type MountOptions, portOf, readMountOptions, readRemotePath } from '../mounts/mount-options.ts';
import { readServer } from '../mounts/server-name.ts';

/** Of mount.cifs(8). Not among them: whatever names a user, a password or another server. */
const cifsOptions = [
  ...['sec', 'seal', 'sign', 'port', 'rsize', 'wsize', 'bsize', 'cache', 'actimeo', 'acregmax', 'acdirmax'],
  ...[
    'closetimeo',
    'echo_interval',
    'handletimeout',
    'retrans',
    'max_credits',
    'max_channels',
    'multichannel',
  ],
  ...['nomultichannel', 'soft', 'hard', 'persistenthandles', 'nopersistenthandles', 'resilienthandles'],
  ...[
    'nobrl',
    'nolease',
    'nohandlecache',
    'nostrictsync',
    'serverino',
    'noserverino',
    'nosharesock',
    'nodfs',
  ],
  ...['uid', 'gid', 'forceuid', 'noforceuid', 'forcegid', 'noforcegid', 'file_mode', 'dir_mode', 'noperm'],
  ...['iocharset', 'mapposix', 'mapchars', 'nomapposix', 'nocase', 'mfsymlinks', 'posix', 'noposix', 'rdma'],
  ...['fsc', 'esize', 'snapshot', 'compress', 'tcpnodelay'],
];

export const smbVersions = ['default', '2.0', '2.1', '3', '3.0', '3.11'];

export interface SmbUser {
  readonly username: string;
  readonly password: string;
  readonly domain: string | undefined;
}

export interface CifsShare {
  readonly server: string;
  readonly share: string;
  /** `//nas/images/nodes` */
  readonly source: string;
  /** Undefined: as a guest. */
  readonly user: SmbUser | undefined;
  readonly options: MountOptions;
  readonly port: number;
}

/** `invalid-input` about the option that breaks its rule, never with its value. */
export function readCifsShare(options: Readonly<Record<string, unknown>>): CifsShare {
  const server = readServer('server', options['server']);
  const share = readShare(options['share']);
  const subdir = readSubdir(options['subdir']);
  const version = String(options['smbversion'] ?? 'default');
  if (!smbVersions.includes(version))
    throw invalidInput({ smbversion: `value must be one of: ${smbVersions.join(', ')}` });
  const given = readMountOptions(options['options'], cifsOptions);
  return {
    server,
    share,
    source: `//${server}/${share}${subdir}`,
    user: readSmbUser(options),
    options: version === 'default' ? given : new Map([...given, ['vers', kernelVersion(version)]]),
    port: portOf(given, 445),
  };
}

function kernelVersion(version: string): string {
  return version === '3.11' ? '3.1.1' : version;
}

/** MS-FSCC 2.1.6: at most 80 characters; a comma would end the name in the list of mount options. */
function readShare(value: unknown): string {
  if (
    typeof value !== 'string' ||
    !/^[^\x00-\x1f\x7f"/\\[\]:|<>+=;,*?%]{1,80}$/.test(value) ||
    /^[.\s-]|\s$/.test(value)
  )
    throw invalidInput({ share: 'write the name of a share, without slashes: images' });
  return value;
}

function readSubdir(value: unknown): string {
  if (value === undefined || value === '' || value === '/') return '';
  const path = readRemotePath('subdir', value);
  if (/[,\\"%*?<>|:]/.test(path))
    throw invalidInput({ subdir: 'must not hold commas, backslashes and the characters " % * ? < > | :' });
  return path;
}

/**
 * The user to log in as; undefined without a name. Names go into a list with commas and a file with lines, so they may hold
 * neither; passwords only the file. `invalid-input` about `username`, `domain` or `password`.
 */
export function readSmbUser(options: {
  readonly [name: string]: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
  readonly domain?: unknown;
}): SmbUser | undefined {
  const { username, password, domain } = options;
  const isGiven = (value: unknown) => value !== undefined && value !== '';
  if (
    isGiven(password) &&
    (typeof password !== 'string' || !/^[^\x00\r\n\s][^\x00\r\n]{0,255}$/u.test(password))
  )
    throw invalidInput({ password: 'up to 256 characters on one line, not beginning with a blank' });
  if (isGiven(domain) && (typeof domain !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$/.test(domain)))
    throw invalidInput({ domain: 'may hold letters, digits and the characters . _ - only' });
  if (!isGiven(username)) {
    if (isGiven(password)) throw invalidInput({ username: 'a password needs the name of its user' });
    return undefined;
  }
  if (
    typeof username !== 'string' ||
    !/^[^\x00-\x1f\x7f,/\\%"[\]:;|=+*?<>]{1,256}$/.test(username) ||
    /^\s|\s$/.test(username)
  )
    throw invalidInput({ username: 'write the name alone: the domain has a field of its own' });
  return {
    username,
    password: isGiven(password) ? String(password) : '',
    domain: isGiven(domain) ? String(domain) : undefined,
  };
}

/** The lines of a credentials file, for mount.cifs(8) and for smbclient(1) alike. */
export function renderCredentials({ username, password, domain }: SmbUser): string {
  const lines = [`username=${username}`, `password=${password}`];
  if (domain !== undefined) lines.push(`domain=${domain}`);
  return `${lines.join('\n')}\n`;
}

/** Is that mount one of the share? The kernel may write backslashes, and servers do not tell upper from lower case. */
export function isMountOf({ source }: CifsShare, entry: MountEntry): boolean {
  const plain = (text: string) => text.replaceAll('\\', '/').replace(/\/+$/, '').toLowerCase();
  return ['cifs', 'smb3'].includes(entry.fileSystem) && plain(entry.source) === plain(source);
}
