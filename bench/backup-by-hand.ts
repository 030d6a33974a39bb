// What a person types for a backup and a restore of a disk: QEMU's and libnbd's tools, zstd(1), virsh.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { nbdcopyInPath } from './libnbd.ts';
import type { VmBench } from './vm-host.ts';

const timeoutMs = 600_000;
/** Each as long as its slowest part; all of it on the disk at the end. */
async function shell(script: string, ...words: string[]): Promise<void> {
  const line = `${await nbdcopyInPath()}${script}`;
  await exec('bash', ['-euo', 'pipefail', '-c', line, 'bash', ...words], { timeoutMs });
}

const zstd = (threads: number) => `zstd -q -f -3 -T${threads}`;

/** The image through a pipe into zstd: qemu-img itself cannot write into one. */
export function nbdcopyThroughZstd(image: string, to: string, threads: number): Promise<void> {
  const read = 'nbdcopy -- [ qemu-nbd --read-only -f qcow2 "$1" ] -';
  return shell(`${read} | ${zstd(threads)} -o "$2"; sync "$2"`, image, to);
}

/** qemu-img into a raw file, and that through zstd. */
export function convertThenZstd(image: string, to: string, threads: number): Promise<void> {
  const convert = 'qemu-img convert -f qcow2 -O raw "$1" "$2.raw"';
  return shell(`${convert}; ${zstd(threads)} "$2.raw" -o "$2"; sync "$2"; rm "$2.raw"`, image, to);
}

/** One disk of a running guest, as of one moment: libvirt's own backup in pull mode, read through a pipe into zstd. */
export async function pullThroughZstd(
  bench: VmBench,
  { vmid, target, to, threads }: { vmid: number; target: string; to: string; threads: number },
): Promise<void> {
  const domain = `${bench.daemon.guestPrefix}${vmid}`;
  const folder = bench.runFolder(vmid);
  const socket = join(folder, 'by-hand.sock');
  const { stdout } = await bench.virsh('domblklist', domain);
  const disks = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => name !== '')
    .map((name) =>
      name === target
        ? `<disk name='${name}' backup='yes' type='file' exportname='disk'><scratch file='${folder}/by-hand.qcow2'/></disk>`
        : `<disk name='${name}' backup='no'/>`,
    );
  const file = `${to}.xml`;
  const server = `<server transport='unix' socket='${socket}'/>`;
  writeFileSync(file, `<domainbackup mode='pull'>${server}<disks>${disks.join('')}</disks></domainbackup>`);
  await bench.virsh('backup-begin', domain, file);
  try {
    await shell(
      `nbdcopy "$1" - | ${zstd(threads)} -o "$2"; sync "$2"`,
      `nbd+unix:///disk?socket=${socket}`,
      to,
    );
  } finally {
    await bench.virsh('domjobabort', domain);
  }
}

const target = (image: string) => `[ qemu-nbd -f qcow2 --discard=unmap ${image} ]`;
const create = 'rm -f "$2"; qemu-img create -q -f qcow2 "$2" "$3"';

/** A compressed disk into a new image. */
export function unpackWithNbdcopy(packed: string, to: string, sizeBytes: number): Promise<void> {
  const unpack = `zstd -dcq "$1" | nbdcopy --destination-is-zero --flush -- - ${target('"$2"')}`;
  return shell(`${create}; ${unpack}; sync "$2"`, packed, to, String(sizeBytes));
}

/** An image into a new one, nothing being compressed. */
export function copyWithNbdcopy(image: string, to: string, sizeBytes: number): Promise<void> {
  const source = '[ qemu-nbd --read-only -f qcow2 "$1" ]';
  const copy = `nbdcopy --destination-is-zero --flush -- ${source} ${target('"$2"')}`;
  return shell(`${create}; ${copy}; sync "$2"`, image, to, String(sizeBytes));
}
