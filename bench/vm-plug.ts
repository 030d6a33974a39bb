// A disk plugged into a running guest and taken out again, beside `virsh attach-device` and `detach-device`.
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { alternating, beside, beyond, type Row } from './bench.ts';
import type { VmBench } from './vm-host.ts';

const rounds = 15;
const vmid = 300;

export async function measurePlug(bench: VmBench): Promise<Row[]> {
  await bench.task('POST', '', {
    ...{ vmid, memory: 64, scsi0: 'local:1', scsi1: 'local:1', scsihw: 'virtio-scsi-pci' },
  });
  const path = `/${vmid}/config`;
  const config = () => bench.daemon.ok<Record<string, string>>('GET', `/nodes/testnode/qemu${path}`);
  const volume = /^[^,]+/.exec((await config())['scsi1'] ?? '')?.[0] ?? '';
  await bench.task('POST', path, { delete: 'scsi1' });
  await bench.task('POST', `/${vmid}/status/start`);
  const twin = await bench.twinOf(vmid, true);
  await bench.virsh('create', twin.file);
  const disk = join(twin.folder, 'plugged.qcow2');
  await exec('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1G']);
  const { uid, gid } = statSync(twin.folder);
  chownSync(disk, uid, gid);
  const xml = join(twin.folder, 'disk.xml');
  writeFileSync(
    xml,
    `<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='${disk}'/>
     <target dev='sdb' bus='scsi'/></disk>`,
  );
  const seen = await alternating(rounds, {
    plug: () => bench.task('POST', path, { scsi1: volume }),
    unplug: () => bench.task('POST', path, { delete: 'scsi1' }),
    attach: () => bench.virsh('attach-device', twin.name, xml, '--live'),
    detach: () => bench.virsh('detach-device', twin.name, xml, '--live'),
  });
  await bench.virsh('destroy', twin.name);
  await bench.task('POST', `/${vmid}/status/stop`);
  return [
    beside('disk plugged in', seen.plug, 'virsh attach-device', seen.attach),
    beyond('disk plugged in, beyond virsh', seen.plug, seen.attach, 50),
    beside('disk taken out', seen.unplug, 'virsh detach-device', seen.detach),
  ];
}
