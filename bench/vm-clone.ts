// A linked clone of a template, beside `qemu-img create` over the same base image.
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { alternating, beside, beyond, type Row } from './bench.ts';
import type { VmBench } from './vm-host.ts';

const rounds = 15;
const template = 200;

export async function measureClone(bench: VmBench): Promise<Row[]> {
  await bench.task('POST', '', { vmid: template, memory: 64, scsi0: 'local:8', scsihw: 'virtio-scsi-pci' });
  await bench.task('POST', `/${template}/template`);
  const { scsi0 = '' } = await bench.daemon.ok<{ scsi0?: string }>(
    'GET',
    `/nodes/testnode/qemu/${template}/config`,
  );
  const base = join(bench.daemon.storagePath, 'images', /^local:([^,]+)/.exec(scsi0)?.[1] ?? '');
  const numberOf = (round: number) => template + 2 + round;
  const seen = await alternating(rounds, {
    clone: (round) => bench.task('POST', `/${template}/clone`, { newid: numberOf(round) }),
    byHand: (round) => {
      const copy = join(bench.daemon.folder, `clone-${numberOf(round)}.qcow2`);
      return exec('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', copy]);
    },
  });
  return [
    beside('linked clone', seen.clone, 'qemu-img create -b', seen.byHand),
    beyond('linked clone, beyond qemu-img', seen.clone, seen.byHand, 100),
  ];
}
