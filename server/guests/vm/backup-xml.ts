// Backups in libvirt's words: what is asked for, and what its descriptions of a domain and of a backup tell.
// Source: libvirt's documents "Backup XML format" and "Domain XML format".
import { XMLParser } from 'fast-xml-parser';
import { AppError } from '../../core/errors.ts';
import { deviceAlias } from './domain-host.ts';
import { element, renderXml } from './xml.ts';

/** One drive of a backup. */
export interface BackupDrive {
  readonly key: string;
  /** libvirt's name of it: `sda`. */
  readonly target: string;
  /** The image that takes what the guest overwrites. */
  readonly scratch: string;
}

/** By which the NBD server knows the drive, as Proxmox VE calls it in archives. */
export function exportNameOf(key: string): string {
  return `drive-${key}`;
}

/** The element <domainbackup>. Disks that are not named are not part of it. */
export function renderBackupXml(socket: string, drives: readonly BackupDrive[]): string {
  const disks = drives.map(({ key, target, scratch }) =>
    element('disk', { name: target, backup: 'yes', type: 'file', exportname: exportNameOf(key) }, [
      element('driver', { type: 'qcow2' }),
      element('scratch', { file: scratch }),
    ]),
  );
  return renderXml(
    element('domainbackup', { mode: 'pull' }, [
      element('server', { transport: 'unix', socket }),
      element('disks', {}, disks),
    ]),
  );
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  isArray: (name) => name === 'disk',
});

interface DiskXml {
  readonly target?: { readonly dev?: string };
  readonly alias?: { readonly name?: string };
  readonly device?: string;
  readonly source?: unknown;
  readonly mirror?: unknown;
}

/**
 * The targets of drives by their keys, in a domain's description. `not-found` for one that the running guest does not have,
 * `wrong-state` for one that is being copied or moved, or holds nothing.
 */
export function readTargets(domainXml: string, keys: readonly string[]): Map<string, string> {
  const { domain } = parser.parse(domainXml) as { domain?: { devices?: { disk?: DiskXml[] } } };
  const disks = domain?.devices?.disk ?? [];
  return new Map(
    keys.map((key) => {
      const disk = disks.find(({ alias }) => alias?.name === deviceAlias(key));
      const target = disk?.target?.dev;
      if (!disk || target === undefined)
        throw new AppError('not-found', `the running guest has no drive '${key}'`);
      if (disk.source === undefined) throw new AppError('wrong-state', `the drive '${key}' is empty`);
      if (disk.mirror !== undefined)
        throw new AppError('wrong-state', `the drive '${key}' is being copied to another place`);
      return [key, target];
    }),
  );
}

/** The socket of a backup under way, in libvirt's description of it. */
export function readBackupSocket(backupXml: string): string | undefined {
  const { domainbackup } = parser.parse(backupXml) as {
    domainbackup?: { server?: { socket?: string } };
  };
  return domainbackup?.server?.socket;
}

/** Bytes of each drive, out of QEMU's answer to `query-block`. */
export function readSizes(answer: unknown, keys: readonly string[]): Map<string, number> {
  const blocks = answer as { qdev?: string; inserted?: { image?: { 'virtual-size'?: number } } }[];
  return new Map(
    keys.map((key) => {
      // `ua-scsi0`, or within a path: `/machine/peripheral/ua-virtio0/virtio-backend`.
      const found = blocks.find(({ qdev }) => qdev?.split('/').includes(deviceAlias(key)));
      const size = found?.inserted?.image?.['virtual-size'];
      if (size === undefined) throw new AppError('not-found', `the running guest has no drive '${key}'`);
      return [key, size];
    }),
  );
}
