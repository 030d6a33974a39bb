// Archives that nobody wrote: every backup of a VM, and of a container, holds the same small one, and restoring it takes a moment.
import { setTimeout as delay } from 'node:timers/promises';
import { gibibyte } from '../../core/units.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { LiveRestoreHost } from '../../guests/vm/live-restore-host.ts';
import type { ArchiveWorker } from './archive-worker.ts';

const text = [
  'boot: order=scsi0;net0',
  'cores: 2',
  'memory: 2048',
  'name: restored',
  'net0: virtio=BC:24:11:5E:ED:01,bridge=vmbr0',
  'ostype: l26',
  'scsi0: local:100/vm-100-disk-0.qcow2,size=8G',
  'scsihw: virtio-scsi-single',
].join('\n');

const ctText = [
  'arch: amd64',
  'cores: 1',
  'hostname: restored',
  'memory: 512',
  'net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:5E:ED:02,ip=dhcp,type=veth',
  'ostype: debian',
  'rootfs: local:101/subvol-101-disk-0.subvol,size=4G',
  'swap: 512',
  'unprivileged: 1',
].join('\n');

/** A host where nothing is served. */
export const fakeLiveRestores: LiveRestoreHost = {
  prepare: async () => {},
  place: async (vmid) => ({ socket: `/run/croft/guests/${vmid}/restore.nbd`, owner: undefined }),
  complete: async () => {},
};

const fakeBytes = 8 * gibibyte;

/** `stepMs`: how long each tenth of a restore takes. */
export function createFakeArchives(stepMs = 100): ArchiveWorker {
  const passTime = async (context: WorkContext) => {
    for (let tenth = 1; tenth <= 10; tenth += 1) {
      await delay(stepMs, undefined, { signal: context.signal });
      context.progress(tenth / 10, { done: (tenth / 10) * fakeBytes, total: fakeBytes });
    }
  };
  return {
    describe: async () => ({
      ...{ archiveBytes: gibibyte, uuid: '00000000-0000-4000-8000-000000000000', ctime: 0 },
      texts: [{ name: 'qemu-server.conf', text }],
      disks: [{ device: 'drive-scsi0', sizeBytes: 8 * gibibyte }],
      ...{ hasState: false, seekable: true },
    }),
    async restoreDisks(context, { disks }) {
      await passTime(context);
      const processedBytes = disks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return { processedBytes, zeroBytes: processedBytes / 2 };
    },
    describeTree: async () => ({ archiveBytes: gibibyte, texts: [{ name: 'pct.conf', text: ctText }] }),
    async restoreTree(context) {
      await passTime(context);
      const texts = [{ name: 'pct.conf', text: ctText }] as const;
      return { entries: 20_000, bytes: gibibyte, leftOut: 0, texts, processedBytes: gibibyte };
    },
    serve: async () => ({ stop: async () => {} }),
  };
}
