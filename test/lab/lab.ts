// `npm run lab`: nodes that stay up between commands, for trying things by hand. They are found again by their id.
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import type { Verb } from './api.ts';
import { prepareBase } from './base.ts';
import { findIso } from './iso-image.ts';
import { prune } from './lab-cache.ts';
import { Machine } from './machine.ts';
import { type LabNode, nodeOf, startNode } from './node.ts';
import { files } from './qemu-args.ts';
import { endAndForget, recordedIds, sweep } from './run-folder.ts';
import { bundles, sendBundle } from './send-bundle.ts';
import { StorageServers } from './storage-servers.ts';

/** All nodes that are started by hand are on one private network. */
const segment = 23_100;
const idPattern = /^lab-(\d+)$/;
/** Ctrl-], as telnet(1) and `virsh console` have it. */
const escapeKey = 0x1d;

const program = new Command('lab')
  .description('Virtual machines with the ISO installed')
  .enablePositionalOptions();
const node = (text: string) => {
  const index = Number(text);
  if (!Number.isInteger(index) || index < 1 || index > 99)
    throw new InvalidArgumentError('a number from 1 on');
  return index;
};

program
  .command('up')
  .argument('[count]', 'how many nodes', node, 1)
  .option('--direct', 'boot slot A without GRUB: faster to prepare, no other slot')
  .description('start nodes; the first time for an ISO it is installed, which takes minutes')
  .action(async (count: number, { direct }: { direct?: boolean }) => {
    await sweep();
    prune(recordedIds());
    const base = await prepareBase(await findIso(), { boot: direct ? 'direct' : 'grub', say });
    const there = new Set(recordedIds());
    for (let index = 1; index <= count; index++) {
      const id = `lab-${index}`;
      if (there.has(id)) {
        say(`${id} is there already`);
        continue;
      }
      const started = Date.now();
      const fresh = await startNode(base, index, { segment, id, kept: true });
      say(`${id} up in ${((Date.now() - started) / 1000).toFixed(1)} s: ${where(fresh)}`);
      fresh.machine.detach();
    }
  });

program
  .command('status')
  .description('machines that are there, also those of tests')
  .action(async () => {
    for (const id of recordedIds()) {
      const machine = Machine.attach(id);
      const state = machine.running ? await machine.status().catch(String) : 'off';
      machine.detach();
      const index = Number(idPattern.exec(id)?.[1] ?? 0);
      say(`${id}  ${state}${index > 0 ? `  ${where(nodeOf(machine, index))}` : ''}`);
    }
  });

program
  .command('ssh')
  .argument('<node>', 'its number', node)
  .argument('[command...]')
  .passThroughOptions()
  .description('a shell on the node, or one command')
  .action(async (index: number, command: string[]) => {
    const args = await of(index).ssh.sessionArgs();
    process.exitCode = spawnSync('ssh', [...args, ...command], { stdio: 'inherit' }).status ?? 1;
  });

program
  .command('api')
  .argument('<node>', 'its number', node)
  .argument('<verb>', 'GET, POST, PUT, DELETE')
  .argument('<path>', 'below /api2/json')
  .argument('[parameters...]', 'name=value')
  .description('call the API as root@pam')
  .action(async (index: number, verb: string, path: string, parameters: string[]) => {
    const pairs = parameters.map(
      (text) => [text.split('=', 1)[0]!, text.slice(text.indexOf('=') + 1)] as const,
    );
    const data = await of(index).api.call(verb.toUpperCase() as Verb, path, Object.fromEntries(pairs));
    say(JSON.stringify(data, undefined, 2));
  });

program
  .command('servers')
  .argument('<node>', 'its number', node)
  .description(
    'make the node a server of NFS, CIFS, iSCSI and GlusterFS for itself, and send it the suites of storages',
  )
  .action(async (index: number) => {
    const target = of(index);
    await StorageServers.on(target, undefined, say);
    for (const entry of Object.keys(bundles) as (keyof typeof bundles)[])
      say(await sendBundle(target, entry));
    target.machine.detach();
  });

program
  .command('cut')
  .argument('<node>', 'its number', node)
  .description('power cut')
  .action((index: number) => on(index, (machine) => machine.cut()));

program
  .command('on')
  .argument('<node>', 'its number', node)
  .description('power on again after a cut: boots from its disk')
  .action((index: number) => on(index, async (machine) => void (await machine.start())));

program
  .command('unplug')
  .argument('<node>', 'its number', node)
  .argument('<part>', 'net0, net1, disk1, disk2')
  .description('pull a cable or a disk')
  .action((index: number, part: string) => on(index, (machine) => machine.unplug(part)));

program
  .command('plug')
  .argument('<node>', 'its number', node)
  .argument('<part>', 'what was unplugged')
  .description('put it back')
  .action((index: number, part: string) => on(index, (machine) => machine.plug(part)));

program
  .command('screen')
  .argument('<node>', 'its number', node)
  .argument('[file]', 'PNG')
  .description('a picture of the screen')
  .action((index: number, file?: string) =>
    on(index, async (machine) => say(await machine.screenshot(file ?? `${process.cwd()}/lab-${index}.png`))),
  );

program
  .command('serial')
  .argument('<node>', 'its number', node)
  .description('the serial console; Ctrl-] leaves it')
  .action(async (index: number) => {
    const { machine } = of(index);
    process.stdout.write(machine.serial.transcript().slice(-4000));
    await converse(machine.file(files.serial));
  });

program
  .command('down')
  .argument('[nodes...]', 'their numbers; all without one')
  .description('end nodes started by hand, and what ended tests left; machines of running tests stay')
  .action(async (numbers: string[]) => {
    for (const id of recordedIds()) {
      const index = idPattern.exec(id)?.[1];
      if (index === undefined || (numbers.length > 0 && !numbers.includes(index))) continue;
      await endAndForget(id);
      say(`${id} ended`);
    }
    for (const id of await sweep()) say(`${id} swept: its owner has ended`);
    for (const folder of prune(recordedIds())) say(`removed ${folder}`);
  });

function of(index: number): LabNode {
  return nodeOf(Machine.attach(`lab-${index}`), index);
}

async function on(index: number, act: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = Machine.attach(`lab-${index}`);
  try {
    await act(machine);
  } finally {
    machine.detach();
  }
}

function where({ ssh, api }: LabNode): string {
  return `ssh port ${ssh.port}, https://127.0.0.1:${api.port}`;
}

/** Joins this terminal and the socket until Ctrl-] or the machine's end. */
function converse(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.on('error', reject);
    socket.pipe(process.stdout, { end: false });
    process.stdin.setRawMode?.(true);
    process.stdin.on('data', (data: Buffer) => {
      if (data.includes(escapeKey)) socket.destroy();
      else socket.write(data);
    });
    socket.on('close', () => {
      process.stdin.setRawMode?.(false);
      process.stdin.destroy();
      resolve();
    });
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
