// A worker that has archives in memory, for tests: what it writes is noted by the path of each volume.
import { AppError } from '../../core/errors.ts';
import type { ArchiveDescription, DescribedTree } from '../worker/worker-orders.ts';
import type { ArchiveWorker } from './archive-worker.ts';

export const backupName = 'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';

const usual = [
  '#a note',
  '#qmdump#map:scsi0:drive-scsi0:other:qcow2:',
  'agent: 1',
  'boot: order=scsi0;scsi1;ide2;net0',
  'cores: 2',
  'ide2: local:iso/a.iso,media=cdrom,size=1K',
  'memory: 512',
  'name: kept',
  'net0: virtio=BC:24:11:00:00:01,bridge=vmbr0',
  'scsi0: other:100/vm-100-disk-0.qcow2,discard=on,size=2G',
  'scsi1: gone-lvm:vm-100-disk-1,backup=0,size=1G',
  'scsihw: virtio-scsi-single',
  'smbios1: uuid=11111111-2222-4333-8444-555555555555',
  'vmgenid: 22222222-2222-4333-8444-555555555555',
  '',
  '[before]',
  'memory: 128',
  'snaptime: 1',
].join('\n');

export function described(
  more: Partial<ArchiveDescription> & { readonly text?: string } = {},
): ArchiveDescription {
  const { text = usual, ...rest } = more;
  return {
    archiveBytes: 1000,
    uuid: '33333333-2222-4333-8444-555555555555',
    ctime: 1,
    texts: [{ name: 'qemu-server.conf', text }],
    disks: [{ device: 'drive-scsi0', sizeBytes: 2 * 1024 ** 3 }],
    hasState: false,
    seekable: true,
    ...rest,
  };
}

export const ctBackupName = 'vzdump-lxc-100-2026_06_01-02_30_00.tar.zst';

const usualCt = [
  '#a note',
  'arch: amd64',
  'features: keyctl=1,nesting=1',
  'hostname: kept',
  'lxc.mount.entry: / mnt none bind 0 0',
  'memory: 256',
  'mp0: other:100/subvol-100-disk-0.subvol,mp=/srv,backup=1,size=1G',
  'mp1: other:100/subvol-100-disk-1.subvol,mp=/cache,size=1G',
  'net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth',
  'ostype: debian',
  'rootfs: gone-lvm:vm-100-disk-0,size=2G',
  'swap: 0',
  'unprivileged: 1',
  '',
  '[before]',
  'lxc.idmap: u 0 0 1',
  'memory: 128',
  'snaptime: 1',
].join('\n');

export function describedTree(text = usualCt): DescribedTree {
  return { archiveBytes: 1000, texts: [{ name: 'pct.conf', text }] };
}

export class MemoryArchives implements ArchiveWorker {
  told: ArchiveDescription = described();
  toldTree: DescribedTree = describedTree();
  failure: AppError | undefined;
  /** Which device was written to which path, with what the worker knew of it. */
  readonly written = new Map<string, string>();
  readonly limits: (number | undefined)[] = [];
  /** Sockets where something is served now. */
  readonly serving = new Set<string>();

  readonly describe = async (): Promise<ArchiveDescription> => {
    if (this.failure) throw this.failure;
    return this.told;
  };

  readonly describeTree = async (): Promise<DescribedTree> => {
    if (this.failure) throw this.failure;
    return this.toldTree;
  };

  /** `restoredTo`: which volume is mounted at a path. */
  restoredTo: (path: string) => string = (path) => path;

  readonly restoreTree: ArchiveWorker['restoreTree'] = async (_context, { into, bytesPerSecond }) => {
    this.limits.push(bytesPerSecond);
    const how = into.idMap ? 'unprivileged' : 'privileged';
    for (const { path, target } of into.parts) this.written.set(this.restoredTo(path), `${target} ${how}`);
    if (this.failure) throw this.failure;
    return { ...this.toldTree, entries: 10, bytes: 100, leftOut: 0, processedBytes: 100 };
  };

  readonly serve: ArchiveWorker['serve'] = async (_context, { socket, exports }) => {
    const line = `${socket} ${exports.map(({ exportName }) => exportName).join()}`;
    this.serving.add(line);
    return { stop: async () => void this.serving.delete(line) };
  };

  readonly restoreDisks: ArchiveWorker['restoreDisks'] = async (_context, { disks, bytesPerSecond }) => {
    this.limits.push(bytesPerSecond);
    for (const { device, to, targetIsZero } of disks) {
      if (to.kind !== 'image' || to.attachment.kind !== 'file') throw new AppError('internal', 'not a file');
      this.written.set(to.attachment.path, `${device}${targetIsZero ? ' over zeros' : ''}`);
    }
    if (this.failure) throw this.failure;
    return { processedBytes: 100, zeroBytes: 50 };
  };
}
