// `croft ct`: containers: list, show, create, change, copy, delete.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import { addCtInside } from './ct-inside.ts';
import { addCtSnapshots } from './ct-snapshots.ts';
import { ctParams, joinAddressWords } from './ct-words.ts';
import { finish } from './follow-task.ts';
import { addGuestPower } from './guest-power.ts';
import { readKeyValues } from './key-values.ts';
import { type PendingLine, renderPending } from './pending-lines.ts';
import { renderBytes, renderDuration, renderPairs, renderTable } from './render.ts';
import type { Session } from './session.ts';

interface CtLine {
  readonly type: string;
  readonly vmid: number;
  readonly name?: string;
  readonly status: string;
  readonly node: string;
  readonly maxcpu?: number;
  readonly maxmem?: number;
  readonly maxdisk?: number;
  readonly uptime?: number;
  readonly tags?: string;
}

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

  group
    .command('create')
    .description('make a container from a template')
    .argument('[vmid]', 'its number; the next free one when left out')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('[vmid] [--key value]...')
    .addHelpText('after', createHelp)
    .action((_vmid: string | undefined, _options: object, command: Command) =>
      createCt(session(), command.args),
    );

  group
    .command('set')
    .description('change the configuration of a container')
    .argument('<ct>', 'number or name')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('<ct> [--key value]...')
    .addHelpText('after', setHelp)
    .action((ct: string, _options: object, command: Command) => setCt(session(), ct, command.args.slice(1)));

  addGuestPower(group, session, 'lxc');
  addCtInside(group, session);
  addCtSnapshots(group, session);

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
    .action((ct: string, options: { force?: boolean }) => deleteCt(session(), ct, options.force === true));
}

async function listCts(session: Session, all: boolean): Promise<void> {
  const guests = await session.client.call<CtLine[]>('GET', '/cluster/resources', { type: 'vm' });
  const cts = guests
    .filter(({ type, status }) => type === 'lxc' && (all || status !== 'stopped'))
    .sort((a, b) => a.vmid - b.vmid);
  const none = all
    ? "no containers yet; 'croft ct create' makes one"
    : "no container runs; 'croft ct list -a' shows all";
  session.answer(cts, () =>
    renderTable(
      cts,
      [
        { title: 'CTID', value: (ct) => String(ct.vmid), right: true },
        { title: 'NAME', value: (ct) => ct.name ?? '' },
        { title: 'STATUS', value: (ct) => ct.status },
        { title: 'CORES', value: (ct) => String(ct.maxcpu ?? ''), right: true },
        { title: 'MEMORY', value: (ct) => renderBytes(ct.maxmem), right: true },
        { title: 'ROOT', value: (ct) => renderBytes(ct.maxdisk), right: true },
        { title: 'NODE', value: (ct) => ct.node },
        { title: 'UPTIME', value: (ct) => renderDuration(ct.uptime) },
        { title: 'TAGS', value: (ct) => ct.tags ?? '' },
      ],
      { none, paint: session.painter },
    ),
  );
}

async function showCt(session: Session, reference: string): Promise<void> {
  const { path } = await session.guest(reference, 'lxc');
  const [status, pending, interfaces] = await Promise.all([
    session.client.call<CtLine & { state?: string; warnings?: string[] }>('GET', `${path}/status/current`),
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
  const [first = '', ...rest] = words;
  const numbered = first !== '' && !first.startsWith('-');
  const given = readKeyValues(joinAddressWords(numbered ? rest : words));
  const vmid =
    (numbered ? first : given['vmid']) ??
    String(await session.client.call<string | number>('GET', '/cluster/nextid'));
  if (typeof vmid !== 'string' || !/^\d+$/.test(vmid))
    throw invalidInput({ vmid: 'must be a number of at least 100' });
  const node = await session.node();
  const params = await ctParams(session, node, given, undefined);
  const answer = await session.client.call<unknown>('POST', `/nodes/${encodeURIComponent(node)}/lxc`, {
    ...params,
    vmid,
  });
  await finish(session, answer, { vmid: Number(vmid) });
  if (session.wait && !session.json) session.say(`CT ${vmid} is there`);
}

async function setCt(session: Session, reference: string, words: readonly string[]): Promise<void> {
  const given = readKeyValues(joinAddressWords(words));
  if (Object.keys(given).length === 0)
    throw invalidInput({ '--key value': 'at least one is needed' }, 'nothing to change');
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
  const id = newid ?? String(await session.client.call<string | number>('GET', '/cluster/nextid'));
  if (!/^\d+$/.test(id)) throw invalidInput({ newid: 'must be a number of at least 100' });
  const { hostname, full, snapshot, storage } = options;
  const params = {
    newid: id,
    ...(typeof hostname === 'string' ? { hostname } : {}),
    ...(full ? { full: 1 } : {}),
    ...(typeof snapshot === 'string' ? { snapname: snapshot } : {}),
    ...(typeof storage === 'string' ? { storage } : {}),
  };
  await finish(session, await session.client.call('POST', `${path}/clone`, params), { vmid: Number(id) });
  if (session.wait && !session.json) session.say(`CT ${id} is there`);
}

async function deleteCt(session: Session, reference: string, force: boolean): Promise<void> {
  const { path, vmid } = await session.guest(reference, 'lxc');
  await session.confirm(`CT ${vmid} and its volumes will be lost.`);
  await finish(session, await session.client.call<unknown>('DELETE', path, force ? { force: 1 } : {}), {
    vmid,
  });
}
