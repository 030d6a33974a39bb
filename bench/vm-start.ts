// Starting and stopping a virtual machine, beside `virsh create` and `virsh destroy` of the same domain, and bare QEMU.
import { alternating, beside, beyond, type Row } from './bench.ts';
import { qemuToGreeting } from './qemu-greeting.ts';
import type { VmBench } from './vm-host.ts';

const rounds = 15;
const vmid = 100;

export async function measureStart(bench: VmBench): Promise<Row[]> {
  await bench.task('POST', '', {
    ...{ vmid, name: 'bench', memory: 64, scsi0: 'local:1', scsihw: 'virtio-scsi-pci' },
  });
  const power = (word: 'start' | 'stop') => bench.task('POST', `/${vmid}/status/${word}`);
  await power('start');
  const twin = await bench.twinOf(vmid);
  await power('stop');
  const seen = await alternating(rounds, {
    start: () => power('start'),
    stop: () => power('stop'),
    create: () => bench.virsh('create', twin.file),
    destroy: () => bench.virsh('destroy', twin.name),
    greeting: qemuToGreeting,
  });
  return [
    { ...beside('start', seen.start, 'virsh create', seen.create), goal: { of: 'ratio', atMost: 1.1 } },
    beyond('start, beyond virsh create', seen.start, seen.create, 30),
    beside('start', seen.start, 'bare QEMU to its greeting', seen.greeting),
    { ...beside('force-stop', seen.stop, 'virsh destroy', seen.destroy), goal: { of: 'ratio', atMost: 1.1 } },
  ];
}
