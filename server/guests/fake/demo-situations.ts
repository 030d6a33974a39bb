// Made-up virtual machines in the situations that are rare and have to be seen: one of each, named for what it is.
import type { VmConfig } from '../config/config-keys.ts';
import type { DemoGuest } from './demo-guests.ts';

/** A storage that does not answer; the disk of `disk-offline` is there. */
export const offlineStorage = 'offline';

/** Notes are text, whatever they look like. Names and tags cannot be hostile: the daemon refuses them. */
const hostileNotes = [
  '<script>alert("notes are text")</script><img src=x onerror=alert(1)>',
  '[a link](javascript:alert(1)) data:text/html,<b>bold</b>',
  '\u202Etxt.exe\u202C turned around',
  'x'.repeat(2048),
].join('\n');

interface Situation {
  readonly config: VmConfig;
  readonly state?: DemoGuest['state'];
}

const situations: readonly Situation[] = [
  // What fails or is slow does so by its name: see `demo-trouble.ts`.
  { config: { name: 'fails-start' } },
  { config: { name: 'fails-stop' }, state: 'running' },
  { config: { name: 'fails-shutdown' }, state: 'running' },
  { config: { name: 'slow' } },
  { config: { name: 'disk-offline', scsi0: `${offlineStorage}:1/vm-1-disk-0.qcow2,size=8G` } },
  { config: { name: 'asleep' }, state: 'suspended' },
  { config: { name: 'crashes' }, state: 'crashed' },
  { config: { name: 'locked', lock: 'backup' }, state: 'running' },
  { config: { name: 'template', template: 1 } },
  { config: { name: 'protected', protection: 1 } },
  {
    config: {
      name: 'a-name-that-is-as-long-as-a-label-of-the-domain-name-system-may.be-and-then-goes-on.example.internal',
      tags: Array.from({ length: 14 }, (_, i) => `tag-number-${i}`).join(';'),
    },
    state: 'running',
  },
  { config: { name: 'hostile-notes', description: hostileNotes }, state: 'running' },
];

/** Their number does not depend on anything. */
export const situationCount = situations.length;

/** All of them, from number `first` on. */
export function demoSituations(node: string, first: number, createdAt = Date.now()): DemoGuest[] {
  return situations.map(({ config: special, state = 'stopped' }, index) => {
    const vmid = first + index;
    const config: VmConfig = {
      ...{ boot: 'order=scsi0', cores: 1, memory: '512', ostype: 'l26' },
      net0: `virtio=BC:24:11:02:00:${index.toString(16).padStart(2, '0').toUpperCase()},bridge=vmbr0`,
      ...special,
    };
    return {
      document: {
        ...{ kind: 'qemu' as const, vmid, node, config, createdAt },
        ...(state === 'stopped' ? {} : { running: config }),
      },
      state,
      disks: [],
    };
  });
}
