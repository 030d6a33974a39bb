// `croft vm`: list, show, create, change, delete.
import type { Command } from 'commander';
import { finish } from './follow-task.ts';
import {
  addCreateCommand,
  addSetCommand,
  deleteGuest,
  type GuestLine,
  guestColumns,
  guestsOf,
  makeGuest,
  newGuestNumber,
  readChanges,
  readNewGuest,
} from './guest-commands.ts';
import { addGuestPower } from './guest-power.ts';
import { addSnapshots } from './guest-snapshots.ts';
import { type PendingLine, renderPending } from './pending-lines.ts';
import { renderDuration, renderPairs, renderTable } from './render.ts';
import type { Session } from './session.ts';
import { openTerminal } from './terminal.ts';
import { renderChecks, type StatusChecks } from './vm-checks.ts';
import { addVmCloudInit, withCloudInit } from './vm-cloud-init.ts';
import { addVmCopies } from './vm-copies.ts';
import { addForget, addVmExpert } from './vm-expert.ts';
import { addVmImport } from './vm-import.ts';
import { addRescanCommand } from './volume-commands.ts';

const createHelp = `
Parameters are those of the API, written as options:
  --name web            name of the VM
  --memory 2048         memory in MiB
  --cores 2             processor cores
  --scsi0 local:32      a new disk of 32 GiB on the storage 'local'
  --cdrom local:iso/debian.iso
  --net0 virtio,bridge=vmbr0
  --ide2 local:cloudinit  a drive that tells a cloud image its --ciuser, --ipconfig0, ...
  --cipassword -        asks for that user's password (or reads it from standard input)
  --sshkeys id.pub      that user's public keys, from a file
  --serial0 socket      a serial terminal, for 'croft vm console'
  --onboot              start it with the node
  --start               start it once it is made

Example:
  croft vm create --name web --memory 2048 --scsi0 local:32 --cdrom local:iso/debian.iso --net0 virtio,bridge=vmbr0`;

const setHelp = `
Parameters are those of the API, written as options; --delete takes keys away.

Examples:
  croft vm set 100 --memory 4096
  croft vm set web --delete net1,serial0`;

/** Adds the group `vm`. */
export function addVmCommands(program: Command, session: () => Session): void {
  const group = program.command('vm').description('virtual machines');

  group
    .command('list')
    .alias('ls')
    .description('all virtual machines')
    .action(() => listVms(session()));

  group
    .command('show')
    .description('state and configuration of a VM, with what waits for its next start')
    .argument('<vm>', 'number or name')
    .action((vm: string) => showVm(session(), vm));

  addCreateCommand(group, {
    description: 'make a VM',
    help: createHelp,
    create: (words) => createVm(session(), words),
  });
  addSetCommand(group, 'qemu', {
    description: 'change the configuration of a VM',
    help: setHelp,
    set: (vm, words) => setVm(session(), vm, words),
  });
  addGuestPower(group, session, 'qemu');
  addSnapshots(group, session, 'qemu');
  addVmCloudInit(group, session);
  addVmCopies(group, session);
  addRescanCommand(group, 'qemu', session);
  addVmExpert(group, session);
  addForget(group, session, 'qemu');
  addVmImport(group, session);

  group
    .command('console')
    .description('the serial terminal of a running VM, in this terminal (Ctrl-] leaves)')
    .argument('<vm>', 'number or name')
    .option('--serial <port>', 'serial0 to serial3; the first when left out')
    .action((vm: string, options: { serial?: string }) => openConsole(session(), vm, options.serial));

  group
    .command('delete')
    .alias('rm')
    .description('delete a VM with its disks')
    .argument('<vm>', 'number or name')
    .action((vm: string) => deleteGuest(session(), 'qemu', vm, 'disks'));
}

async function listVms(session: Session): Promise<void> {
  const vms = await guestsOf(session, 'qemu');
  session.answer(vms, () =>
    renderTable(vms, guestColumns('VMID'), {
      none: "no VMs yet; 'croft vm create' makes one",
      paint: session.painter,
    }),
  );
}

async function showVm(session: Session, reference: string): Promise<void> {
  const { path } = await session.guest(reference);
  const [status, pending] = await Promise.all([
    session.client.call<GuestLine & { accelerator?: string; checks?: StatusChecks }>(
      'GET',
      `${path}/status/current`,
    ),
    session.client.call<PendingLine[]>('GET', `${path}/pending`),
  ]);
  session.answer({ status, config: pending }, () => {
    const uptime = renderDuration(status.uptime);
    const head: [string, string][] = [['status', uptime ? `${status.status} for ${uptime}` : status.status]];
    if (status.accelerator === 'tcg') head.push(['acceleration', 'none: runs emulated, slowly']);
    return renderPairs([
      ...head,
      ...renderChecks(status.checks),
      ...pending.map((line): [string, string] => [line.key, renderPending(line)]),
    ]);
  });
}

async function createVm(session: Session, words: readonly string[]): Promise<void> {
  const { number, params: given } = readNewGuest(words);
  const params = await withCloudInit(session, given);
  const vmid = await newGuestNumber(session, number);
  const path = `/nodes/${encodeURIComponent(await session.node())}/qemu`;
  await makeGuest(session, 'qemu', path, { ...params, vmid }, vmid);
}

async function setVm(session: Session, reference: string, words: readonly string[]): Promise<void> {
  const params = await withCloudInit(session, readChanges(words));
  const { path } = await session.guest(reference);
  // The method with a task: new disks may take a while.
  await finish(session, await session.client.call<unknown>('POST', `${path}/config`, params));
}

async function openConsole(session: Session, reference: string, serial: string | undefined): Promise<void> {
  const { path, vmid } = await session.guest(reference);
  const params: Record<string, string> = serial === undefined ? {} : { serial };
  await openTerminal(session, path, 'termproxy', params, `VM ${vmid}`);
}
