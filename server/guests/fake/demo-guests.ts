// Made-up guests for the development server and the benchmarks: the same ones for the same number.
import type { VmConfig } from '../config/config-keys.ts';
import type { GuestDocument } from '../config/guest-document.ts';
import type { RunState } from '../guest-driver.ts';

export interface DemoGuest {
  readonly document: GuestDocument;
  /** `crashed`: it ran, and ended by itself. */
  readonly state: Extract<RunState, 'running' | 'paused' | 'suspended' | 'stopped'> | 'crashed';
  /** Its disks, to be made on the storage. */
  readonly disks: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly format: 'qcow2' | 'subvol';
  }[];
}

const gibibyte = 1024 ** 3;
const purposes = ['web', 'mail', 'db', 'files', 'proxy', 'build', 'desktop', 'monitor'] as const;
const tags = ['prod', 'prod;office', 'test', ''] as const;

/**
 * `count` guests from number 100 on. Of ten, seven run (one of them with a change that waits for a restart), one is
 * paused, two are stopped; `allRunning` makes every one run.
 */
export function demoGuests(
  count: number,
  node: string,
  options: { readonly allRunning?: boolean; readonly createdAt?: number } = {},
): DemoGuest[] {
  const { allRunning = false, createdAt = Date.now() } = options;
  return Array.from({ length: count }, (_, index) => {
    const state = allRunning || index % 10 < 7 ? 'running' : index % 10 === 7 ? 'paused' : 'stopped';
    return demoGuest(index, node, state, createdAt);
  });
}

function demoGuest(index: number, node: string, state: DemoGuest['state'], createdAt: number): DemoGuest {
  const vmid = 100 + index;
  const gigabytes = 8 * (1 + (index % 8));
  const disk = `vm-${vmid}-disk-0`;
  const tag = tags[index % tags.length];
  const hex = (value: number) => (value % 256).toString(16).padStart(2, '0').toUpperCase();
  const config: VmConfig = {
    agent: '1',
    boot: 'order=scsi0;net0',
    cores: 1 + (index % 4),
    memory: String(512 * 2 ** (index % 5)),
    name: `${purposes[index % purposes.length]}-${1 + Math.floor(index / purposes.length)}`,
    net0: `virtio=BC:24:11:00:${hex(index >> 8)}:${hex(index)},bridge=vmbr0`,
    ostype: 'l26',
    scsi0: `local:${vmid}/${disk}.qcow2,size=${gigabytes}G`,
    scsihw: 'virtio-scsi-single',
    serial0: 'socket',
    ...(tag === undefined || tag === '' ? {} : { tags: tag }),
    ...(index % 5 === 0 ? { onboot: 1 } : {}),
  };
  const waits = state === 'running' && index % 10 === 6;
  const document: GuestDocument = {
    kind: 'qemu',
    vmid,
    node,
    config,
    ...(state === 'stopped' ? {} : { running: waits ? { ...config, memory: '256' } : config }),
    createdAt,
  };
  return { document, state, disks: [{ name: disk, sizeBytes: gigabytes * gibibyte, format: 'qcow2' }] };
}
