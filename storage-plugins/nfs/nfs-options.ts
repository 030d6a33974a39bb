// What an administrator says of an NFS storage, checked; and the export as mount(8) and the kernel write it.
import type { MountEntry } from '../folders/open-mounts.ts';
import { type MountOptions, portOf, readMountOptions, readRemotePath } from '../mounts/mount-options.ts';
import { readServer, serverBeforePath } from '../mounts/server-name.ts';

/**
 * Of nfs(5). Not among them: `bg`, which would leave a mount program behind; `soft` and `softerr` are, though a guest whose server
 * is away for a minute then gets errors where the kernel's default, `hard`, lets it wait.
 */
const nfsOptions = [
  ...['vers', 'nfsvers', 'minorversion', 'proto', 'port', 'mountport', 'mountproto', 'mountvers', 'sec'],
  ...[
    'hard',
    'soft',
    'softerr',
    'timeo',
    'retrans',
    'rsize',
    'wsize',
    'nconnect',
    'max_connect',
    'clientaddr',
  ],
  ...['ac', 'noac', 'actimeo', 'acregmin', 'acregmax', 'acdirmin', 'acdirmax', 'lookupcache', 'cto', 'nocto'],
  ...['lock', 'nolock', 'local_lock', 'resvport', 'noresvport', 'rdirplus', 'nordirplus', 'acl', 'noacl'],
  ...['sharecache', 'nosharecache', 'fsc', 'nofsc', 'migration', 'nomigration', 'trunkdiscovery', 'xprtsec'],
  ...['notrunkdiscovery', 'intr', 'nointr', 'tcp', 'write'],
];

export interface NfsExport {
  readonly server: string;
  readonly path: string;
  /** `nas:/srv/images` */
  readonly source: string;
  readonly options: MountOptions;
  readonly port: number;
}

/** `invalid-input` about the option that breaks its rule. */
export function readNfsExport(options: Readonly<Record<string, unknown>>): NfsExport {
  const server = readServer('server', options['server']);
  const path = readRemotePath('export', options['export']);
  const mountOptions = readMountOptions(options['options'], nfsOptions);
  return {
    server,
    path,
    source: `${serverBeforePath(server)}:${path}`,
    options: mountOptions,
    port: portOf(mountOptions, 2049),
  };
}

/** Is that mount one of the export? The kernel has its source as it was given, and may add or drop a slash at its end. */
export function isMountOf({ source }: NfsExport, entry: MountEntry): boolean {
  const plain = (text: string) => text.replace(/\/+$/, '');
  return ['nfs', 'nfs4'].includes(entry.fileSystem) && plain(entry.source) === plain(source);
}
