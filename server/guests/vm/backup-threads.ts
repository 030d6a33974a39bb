// Disks in I/O threads, and QEMUs that end when somebody who has read such a disk by NBD hangs up.
//
// Their NBD server tells of a connection that was closed in the disk's own thread, and then insists on the main one:
// "nbd_blockdev_client_closed: Assertion `qemu_in_main_thread() && nbd_server' failed", and the guest is gone. So with QEMU 7.2.22 each
// time (Debian 12); others saw it, too: https://github.com/abbbi/virtnbdbackup/issues/254. With 10.0.13 it does not happen: since 9.0 the
// whole of a connection is dealt with in the main thread.
import { XMLParser } from 'fast-xml-parser';
import { AppError } from '../../core/errors.ts';
import { deviceAlias } from './domain-host.ts';

/** The first major version whose NBD server may be used. */
const safeMajor = 9;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  // An address has an attribute of the name, too.
  isArray: (name, _path, _isLeaf, isAttribute) => !isAttribute && (name === 'disk' || name === 'controller'),
});

interface Threaded {
  readonly driver?: { readonly iothread?: string };
}

interface DomainXml {
  readonly domain?: {
    readonly devices?: {
      readonly disk?: readonly (Threaded & {
        readonly alias?: { readonly name?: string };
        readonly target?: { readonly bus?: string };
        readonly address?: { readonly controller?: string };
      })[];
      readonly controller?: readonly (Threaded & { readonly type?: string; readonly index?: string })[];
    };
  };
}

/** Which of these drives have an I/O thread, their own or their controller's, in a running domain's description. */
export function threadedDrives(domainXml: string, keys: readonly string[]): string[] {
  const { domain } = parser.parse(domainXml) as DomainXml;
  const { disk: disks = [], controller: controllers = [] } = domain?.devices ?? {};
  return keys.filter((key) => {
    const disk = disks.find(({ alias }) => alias?.name === deviceAlias(key));
    if (disk?.target?.bus !== 'scsi') return disk?.driver?.iothread !== undefined;
    const above = controllers.find(
      ({ type, index }) => type === 'scsi' && index === disk.address?.controller,
    );
    return above?.driver?.iothread !== undefined;
  });
}

/** `unsupported` where reading the drives would end the guest. `version`: QEMU's answer to `query-version`. */
export async function requireReadable(
  domainXml: string,
  keys: readonly string[],
  version: () => Promise<unknown>,
): Promise<void> {
  const threaded = threadedDrives(domainXml, keys);
  if (threaded.length === 0) return;
  const { qemu } = (await version()) as {
    readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
  };
  if (qemu.major >= safeMajor) return;
  throw new AppError(
    'unsupported',
    `disks with an I/O thread (${threaded.join(', ')}) cannot be backed up while the guest runs: QEMU ${qemu.major}.${qemu.minor}.${qemu.micro} would end it, ${safeMajor}.0 does not. Switch 'iothread' off and start the guest anew, or back it up when it is off`,
  );
}
