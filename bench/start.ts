// Starting and stopping a virtual machine through the API, beside `virsh create` and `virsh destroy` of the same domain.
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../server/core/exec.ts';
import { TestDaemon } from '../test/host/daemon.ts';
import { findOrStartLibvirtd, whyNoLibvirtd } from '../test/host/libvirtd.ts';
import { type Bench, median, type Row, timed } from './bench.ts';
import { qemuToGreeting } from './qemu-greeting.ts';
import { TaskFeed } from './task-feed.ts';

const rounds = 15;
const vmid = 100;
const virshArguments = ['-q', '-c', 'qemu:///system'];

export const bench: Bench = {
  name: 'start',
  about: `start and stop of a VM with one empty disk, medians of ${rounds} alternating rounds: the API from the request to the event that its task has ended, virsh with the same domain XML under another name, bare QEMU to its QMP greeting`,
  whyNot: whyNoLibvirtd,
  async run(note) {
    await findOrStartLibvirtd();
    const daemon = new TestDaemon();
    try {
      await daemon.start();
      await daemon.task('POST', '/nodes/testnode/qemu', {
        ...{ vmid, name: 'bench', memory: 64, scsi0: 'local:1', scsihw: 'virtio-scsi-pci' },
      });
      const feed = await TaskFeed.open(daemon.socket);
      const ask = async (action: string) => {
        const upid = await daemon.ok<string>('POST', `/nodes/testnode/qemu/${vmid}/status/${action}`);
        const status = await feed.ended(upid);
        if (status !== 'OK') throw new Error(`${action}: ${status}`);
      };
      await ask('start');
      const twin = await twinOf(daemon);
      await ask('stop');
      const virsh = (verb: string, what: string) => exec('virsh', [...virshArguments, verb, what]);
      const seen = {
        start: [] as number[],
        stop: [] as number[],
        create: [] as number[],
        destroy: [] as number[],
        greeting: [] as number[],
      };
      try {
        for (let round = -1; round < rounds; round += 1) {
          const times = {
            start: await timed(() => ask('start')),
            stop: await timed(() => ask('stop')),
            create: await timed(() => virsh('create', twin.file)),
            destroy: await timed(() => virsh('destroy', twin.name)),
            greeting: await qemuToGreeting(),
          };
          if (round < 0) continue;
          for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name].push(times[name]);
        }
      } finally {
        await exec('virsh', [...virshArguments, 'destroy', twin.name], { okExitCodes: [0, 1] });
        feed.close();
      }
      note(`bare QEMU to its greeting: ${median(seen.greeting).toFixed(1)} ms`);
      const row = (measure: string, ours: number[], name: string, theirs: number[]): Row => ({
        measure,
        value: median(ours),
        unit: 'ms',
        peer: { name, value: median(theirs) },
      });
      return [
        { ...row('VM start', seen.start, 'virsh create', seen.create), goal: { of: 'ratio', atMost: 1.1 } },
        { ...row('VM stop', seen.stop, 'virsh destroy', seen.destroy), goal: { of: 'ratio', atMost: 1.1 } },
        row('VM start', seen.start, 'bare QEMU to its greeting', seen.greeting),
      ];
    } finally {
      await daemon.dispose();
    }
  },
};

/** The running guest's XML for a domain of another name, identity and sockets. */
async function twinOf(daemon: TestDaemon): Promise<{ name: string; file: string }> {
  const source = `${daemon.guestPrefix}${vmid}`;
  const name = `${daemon.guestPrefix}twin`;
  const { stdout } = await exec('virsh', [...virshArguments, 'dumpxml', '--inactive', source]);
  const own = join(daemon.folder, 'run', 'guests', String(vmid));
  const twins = join(daemon.folder, 'run', 'guests', 'twin');
  const { uid, gid } = statSync(own);
  mkdirSync(twins);
  chownSync(twins, uid, gid);
  chmodSync(twins, 0o750);
  if (!stdout.includes(own)) throw new Error(`the domain has no sockets below ${own}`);
  const xml = stdout
    .replace(/<name>.*<\/name>/, `<name>${name}</name>`)
    .replace(/<uuid>.*<\/uuid>\n?/, '')
    .replaceAll(/<entry name='uuid'>.*<\/entry>\n?/g, '')
    .replaceAll(own, twins);
  const file = join(daemon.folder, 'twin.xml');
  writeFileSync(file, xml);
  return { name, file };
}
