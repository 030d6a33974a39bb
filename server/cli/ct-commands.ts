// `croft ct`: containers: list, show, create, change, copy, delete.
import type { Command } from 'commander';
import { addCtInside } from './ct-inside.ts';
import { ctParams, joinAddressWords } from './ct-words.ts';
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
import { renderBytes, renderDuration, renderPairs, renderTable } from './render.ts';
import type { Session } from './session.ts';
import { addForget } from './vm-expert.ts';
import { addRescanCommand } from './volume-commands.ts';

interface Address {
  readonly name: string;
  readonly 'ip-addresses': readonly { readonly 'ip-address': string; readonly prefix: number }[];
}

const createHelp = `
Parameters are those of the API, written as options; some have a shorter way:
  --hostname web        its name
  --template debian-13  a template of a storage, by the beginning of its name; --ostemplate local:vztmpl/... names it whole
  --disk 8              a root of 8 GiB on --storage (local when left out); --rootfs local:8 is the same
  --ip add 10.0.0.5/24 --gw 10.0.0.1    a card on the private bridge; --ip dhcp; --net0 says all of it
  --password -          asks for the password of root (or reads it from standard input)
  --privileged          root inside is root outside; unprivileged when left out
  --start               start it once it is made

Example:
  croft ct create --hostname web --template debian-13 --disk 8 --ip dhcp --start`;

const setHelp = `
Applied at once where a running container can take it; --delete takes keys away.

Examples:
  croft ct set 101 --hostname web --ip add 10.0.0.5
  croft ct set web --memory 1024 --cores 2
  croft ct set 101 --delete mp0`;

/** Adds the group `ct`. */
export function addCtCommands(program: Command, session: () => Session): void {
  const group = program.command('ct').description('containers');

  group
    .command('list')
    .alias('ls')
    .description('containers that run; with -a all')
    .option('-a, --all', 'also those that do not run')
    .action((options: { all?: boolean }) => listCts(session(), options.all === true));

  group
    .command('show')
    .description('state and configuration of a container, with what waits for its next start')
    .argument('<ct>', 'number or name')
    .action((ct: string) => showCt(session(), ct));

  addCreateCommand(group, {
    description: 'make a container from a template',
    help: createHelp,
    create: (words) => createCt(session(), words),
  });
  addSetCommand(group, 'lxc', {
    description: 'change the configuration of a container',
    help: setHelp,
    set: (ct, words) => setCt(session(), ct, words),
  });
  addGuestPower(group, session, 'lxc');
  addForget(group, session, 'lxc');
  addCtInside(group, session);
  addRescanCommand(group, 'lxc', session);
  addSnapshots(group, session, 'lxc');

  group
    .command('clone')
    .description('make a container like another one')
    .argument('<ct>', 'number or name')
    .argument('[newid]', 'number of the new one; the next free one when left out')
    .option('--hostname <name>', 'name of the new one')
    .option('--full', 'depend on nothing, also from a template')
    .option('--snapshot <name>', 'like it was then')
    .option('--storage <storage>', 'where its volumes go')
    .action((ct: string, newid: string | undefined, options: Record<string, string | true>) =>
      cloneCt(session(), ct, newid, options),
    );

  group
    .command('template')
    .description('make a template of a container: it runs no more, and is there to be cloned')
    .argument('<ct>', 'number or name')
    .action(async (ct: string) => {
      const { path, vmid } = await session().guest(ct, 'lxc');
      await session().confirm(`CT ${vmid} becomes a template and cannot be started any more.`);
      await session().client.call('POST', `${path}/template`);
      session().say(`CT ${vmid} is a template`);
    });

  group
    .command('resize')
    .description('grow the root or a mount point')
    .argument('<ct>', 'number or name')
    .argument('<disk>', 'rootfs, mp0, ...')
    .argument('<size>', '16G, or +4G for that much more')
    .action(async (ct: string, disk: string, size: string) => {
      const { path, vmid } = await session().guest(ct, 'lxc');
      await finish(session(), await session().client.call('PUT', `${path}/resize`, { disk, size }), { vmid });
    });

  group
    .command('move')
    .description('copy a volume to another storage')
    .argument('<ct>', 'number or name')
    .argument('<volume>', 'rootfs, mp0, ...')
    .argument('<storage>', 'where to')
    .option('--delete', 'remove the original; else it stays as an unused volume')
    .action(async (ct: string, volume: string, storage: string, options: { delete?: boolean }) => {
      const { path, vmid } = await session().guest(ct, 'lxc');
      const params = { volume, storage, ...(options.delete ? { delete: 1 } : {}) };
      await finish(session(), await session().client.call('POST', `${path}/move_volume`, params), { vmid });
    });

  group
    .command('delete')
    .alias('rm')
    .description('delete a container with its volumes')
    .argument('<ct>', 'number or name')
    .option('--force', 'also one that runs')
    .action((ct: string, options: { force?: boolean }) =>
      deleteGuest(session(), 'lxc', ct, 'volumes', options.force ? { force: 1 } : {}),
    );
}

async function listCts(session: Session, all: boolean): Promise<void> {
  const cts = (await guestsOf(session, 'lxc')).filter(({ status }) => all || status !== 'stopped');
  const none = all
    ? "no containers yet; 'croft ct create' makes one"
    : "no container runs; 'croft ct list -a' shows all";
  session.answer(cts, () =>
    renderTable(
      cts,
      guestColumns('CTID', [{ title: 'ROOT', value: (ct) => renderBytes(ct.maxdisk), right: true }]),
      { none, paint: session.painter },
    ),
  );
}

async function showCt(session: Session, reference: string): Promise<void> {
  const { path } = await session.guest(reference, 'lxc');
  const [status, pending, interfaces] = await Promise.all([
    session.client.call<GuestLine & { state?: string; warnings?: string[] }>('GET', `${path}/status/current`),
    session.client.call<PendingLine[]>('GET', `${path}/pending`),
    session.client.call<Address[] | null>('GET', `${path}/interfaces`).catch(() => null),
  ]);
  session.answer({ status, config: pending, interfaces }, () => {
    const uptime = renderDuration(status.uptime);
    const state = status.state === 'paused' ? 'frozen' : status.status;
    const addresses = (interfaces ?? [])
      .filter(({ name }) => name !== 'lo')
      .flatMap((card) => card['ip-addresses'].map((one) => `${one['ip-address']}/${one.prefix}`));
    return renderPairs([
      ['status', uptime ? `${state} for ${uptime}` : state],
      ...(addresses.length > 0 ? [['addresses', addresses.join(', ')] as [string, string]] : []),
      ...(status.warnings ?? []).map((warning): [string, string] => ['warning', warning]),
      ...pending.map((line): [string, string] => [line.key, renderPending(line)]),
    ]);
  });
}

async function createCt(session: Session, words: readonly string[]): Promise<void> {
  const { number, params: given } = readNewGuest(joinAddressWords(words));
  const vmid = await newGuestNumber(session, number);
  const node = await session.node();
  const params = { ...(await ctParams(session, node, given, undefined)), vmid };
  await makeGuest(session, 'lxc', `/nodes/${encodeURIComponent(node)}/lxc`, params, vmid);
}

async function setCt(session: Session, reference: string, words: readonly string[]): Promise<void> {
  const given = readChanges(joinAddressWords(words));
  const { path, node, vmid } = await session.guest(reference, 'lxc');
  const config = await session.client.call<Record<string, string>>('GET', `${path}/config`);
  const params = await ctParams(session, node, given, config);
  await session.client.call<unknown>('PUT', `${path}/config`, params);
  const waiting = (await session.client.call<PendingLine[]>('GET', `${path}/pending`)).filter(
    (line) => line.pending !== undefined || line.delete !== undefined,
  );
  session.answer({ vmid, waiting }, () =>
    waiting.length === 0
      ? `CT ${vmid} is changed\n`
      : `CT ${vmid} is changed; from its next start on: ${waiting.map(({ key }) => key).join(', ')}\n`,
  );
}

async function cloneCt(
  session: Session,
  reference: string,
  newid: string | undefined,
  options: Record<string, string | true>,
): Promise<void> {
  const { path } = await session.guest(reference, 'lxc');
  const id = await newGuestNumber(session, newid, 'newid');
  const { hostname, full, snapshot, storage } = options;
  const params = {
    newid: id,
    ...(typeof hostname === 'string' ? { hostname } : {}),
    ...(full ? { full: 1 } : {}),
    ...(typeof snapshot === 'string' ? { snapname: snapshot } : {}),
    ...(typeof storage === 'string' ? { storage } : {}),
  };
  await makeGuest(session, 'lxc', `${path}/clone`, params, id);
}
