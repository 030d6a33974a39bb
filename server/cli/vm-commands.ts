// `croft vm`: list, show, create, change, delete.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import { finish } from './follow-task.ts';
import { addGuestPower } from './guest-power.ts';
import { readKeyValues } from './key-values.ts';
import { type PendingLine, renderPending } from './pending-lines.ts';
import { renderBytes, renderDuration, renderPairs, renderTable } from './render.ts';
import type { Session } from './session.ts';
import { openTerminal } from './terminal.ts';

interface VmLine {
  readonly type: string;
  readonly vmid: number;
  readonly name?: string;
  readonly status: string;
  readonly node: string;
  readonly cpu?: number;
  readonly maxcpu?: number;
  readonly maxmem?: number;
  readonly uptime?: number;
  readonly tags?: string;
  readonly accelerator?: string;
}

const createHelp = `
Parameters are those of the API, written as options:
  --name web            name of the VM
  --memory 2048         memory in MiB
  --cores 2             processor cores
  --scsi0 local:32      a new disk of 32 GiB on the storage 'local'
  --cdrom local:iso/debian.iso
  --net0 virtio,bridge=vmbr0
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

  group
    .command('create')
    .description('make a VM')
    .argument('[vmid]', 'its number; the next free one when left out')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('[vmid] [--key value]...')
    .addHelpText('after', createHelp)
    .action((_vmid: string | undefined, _options: object, command: Command) =>
      createVm(session(), command.args),
    );

  group
    .command('set')
    .description('change the configuration of a VM')
    .argument('<vm>', 'number or name')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('<vm> [--key value]...')
    .addHelpText('after', setHelp)
    .action((vm: string, _options: object, command: Command) => setVm(session(), vm, command.args.slice(1)));

  addGuestPower(group, session, 'qemu');

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
    .action((vm: string) => deleteVm(session(), vm));
}

async function listVms(session: Session): Promise<void> {
  const all = await session.client.call<VmLine[]>('GET', '/cluster/resources', { type: 'vm' });
  const vms = all.filter(({ type }) => type === 'qemu').sort((a, b) => a.vmid - b.vmid);
  session.answer(vms, () =>
    renderTable(
      vms,
      [
        { title: 'VMID', value: (vm) => String(vm.vmid), right: true },
        { title: 'NAME', value: (vm) => vm.name ?? '' },
        { title: 'STATUS', value: (vm) => vm.status },
        { title: 'CORES', value: (vm) => String(vm.maxcpu ?? ''), right: true },
        { title: 'MEMORY', value: (vm) => renderBytes(vm.maxmem), right: true },
        { title: 'NODE', value: (vm) => vm.node },
        { title: 'UPTIME', value: (vm) => renderDuration(vm.uptime) },
        { title: 'TAGS', value: (vm) => vm.tags ?? '' },
      ],
      { none: "no VMs yet; 'croft vm create' makes one", paint: session.painter },
    ),
  );
}

async function showVm(session: Session, reference: string): Promise<void> {
  const { path } = await session.guest(reference);
  const [status, pending] = await Promise.all([
    session.client.call<VmLine & { qmpstatus?: string }>('GET', `${path}/status/current`),
    session.client.call<PendingLine[]>('GET', `${path}/pending`),
  ]);
  session.answer({ status, config: pending }, () => {
    const uptime = renderDuration(status.uptime);
    const head: [string, string][] = [['status', uptime ? `${status.status} for ${uptime}` : status.status]];
    if (status.accelerator === 'tcg') head.push(['acceleration', 'none: runs emulated, slowly']);
    return renderPairs([
      ...head,
      ...pending.map((line): [string, string] => [line.key, renderPending(line)]),
    ]);
  });
}

async function createVm(session: Session, words: readonly string[]): Promise<void> {
  const [first = '', ...rest] = words;
  const numbered = first !== '' && !first.startsWith('--');
  const params = readKeyValues(numbered ? rest : words);
  const given = numbered ? first : params['vmid'];
  const vmid = given ?? String(await session.client.call<string | number>('GET', '/cluster/nextid'));
  if (typeof vmid !== 'string' || !/^\d+$/.test(vmid))
    throw invalidInput({ vmid: 'must be a number of at least 100' });
  const node = await session.node();
  const answer = await session.client.call<unknown>('POST', `/nodes/${encodeURIComponent(node)}/qemu`, {
    ...params,
    vmid,
  });
  await finish(session, answer, { vmid: Number(vmid) });
  if (session.wait && !session.json) session.say(`VM ${vmid} is there`);
}

async function setVm(session: Session, reference: string, words: readonly string[]): Promise<void> {
  const params = readKeyValues(words);
  if (Object.keys(params).length === 0)
    throw invalidInput({ '--key value': 'at least one is needed' }, 'nothing to change');
  const { path } = await session.guest(reference);
  // The method with a task: new disks may take a while.
  await finish(session, await session.client.call<unknown>('POST', `${path}/config`, params));
}

async function openConsole(session: Session, reference: string, serial: string | undefined): Promise<void> {
  const { path, vmid } = await session.guest(reference);
  const params: Record<string, string> = serial === undefined ? {} : { serial };
  await openTerminal(session, path, 'termproxy', params, `VM ${vmid}`);
}

async function deleteVm(session: Session, reference: string): Promise<void> {
  const { path, vmid } = await session.guest(reference);
  await session.confirm(`VM ${vmid} and its disks will be lost.`);
  await finish(session, await session.client.call<unknown>('DELETE', path), { vmid });
}
