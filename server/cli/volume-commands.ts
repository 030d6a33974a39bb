// `croft storage note|protect|unprotect|copy|move|orphans|adopt`, and `croft vm rescan`: what is done with volumes.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';
import { finish } from './follow-task.ts';
import { renderBytes, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

interface OrphanLine {
  readonly volid: string;
  readonly format: string;
  readonly size: number;
  readonly used: number;
  readonly ctime: number;
  readonly vmid?: number;
  readonly reason: 'guest-gone' | 'not-named' | 'no-guest';
  readonly protected?: number;
}

interface CopyOptions {
  readonly name?: string;
  readonly format?: string;
  readonly vm?: string;
  readonly bwlimit?: string;
}

/** Adds them to the group `storage`. */
export function addVolumeCommands(group: Command, session: () => Session): void {
  group
    .command('note')
    .description('write a note on a volume; without a text show it, with an empty one remove it')
    .argument('<volume>', 'local:iso/debian.iso')
    .argument('[text]')
    .action((volume: string, text: string | undefined) => note(session(), volume, text));

  for (const [name, value, words] of [
    ['protect', 1, 'keep a volume from being removed'],
    ['unprotect', 0, 'let a volume be removed again'],
  ] as const)
    group
      .command(name)
      .description(words)
      .argument('<volume>', 'local:iso/debian.iso')
      .action(async (volume: string) => {
        await session().client.call('PUT', await pathOf(session(), volume), { protected: value });
      });

  for (const [name, remove, words] of [
    ['copy', false, 'copy a volume to another storage or name'],
    ['move', true, 'move a volume that nothing uses to another storage or name'],
  ] as const)
    group
      .command(name)
      .description(words)
      .argument('<volume>', 'local:iso/debian.iso')
      .argument('<storage>', 'where to')
      .option('--name <name>', 'its name there; of a disk vm-100-...')
      .option('--format <format>', 'of a disk: raw, qcow2 or vmdk')
      .option('--vm <vmid>', 'of a disk: the guest that it is to belong to')
      .option('--bwlimit <speed>', 'at most so many KiB per second')
      .action((volume: string, storage: string, options: CopyOptions) =>
        copy(session(), volume, storage, options, remove),
      );

  group
    .command('orphans')
    .description('disks that no guest, snapshot, change or task names, of one storage or all')
    .argument('[storage]')
    .action((storage: string | undefined) => listOrphans(session(), storage));

  group
    .command('adopt')
    .description('give an orphan to the guest whose number it bears, as an unused disk')
    .argument('<volume>', 'local:100/vm-100-disk-1.qcow2')
    .action((volume: string) => adopt(session(), volume));
}

/** Adds `rescan` to the group of a sort of guest. */
export function addRescanCommand(group: Command, kind: 'qemu' | 'lxc', session: () => Session): void {
  group
    .command('rescan')
    .description('find disks that bear its number and that it does not name; add them as unused ones')
    .argument(kind === 'qemu' ? '<vm>' : '<ct>', 'number or name')
    .action(async (guest: string) => {
      const { vmid } = await session().guest(guest, kind);
      const found = (await orphansOf(session(), undefined)).filter((line) => line.vmid === vmid);
      for (const { volid } of found) await adopt(session(), volid);
      if (found.length === 0) session().answer([], () => 'nothing found\n');
    });
}

/** The volume's path in the API; `invalid-input` when it is not a whole volume id. */
async function pathOf(session: Session, volume: string): Promise<string> {
  return `${await storagePath(session, storageOf(volume))}/content/${encodeURIComponent(volume)}`;
}

function storageOf(volume: string): string {
  const parts = splitVolumeId(volume);
  if (!parts)
    throw invalidInput({ volume: "write storage:name, as 'croft storage content <storage>' shows it" });
  return parts.storage;
}

async function storagePath(session: Session, storage: string): Promise<string> {
  return `/nodes/${encodeURIComponent(await session.node())}/storage/${encodeURIComponent(storage)}`;
}

async function note(session: Session, volume: string, text: string | undefined): Promise<void> {
  const path = await pathOf(session, volume);
  if (text !== undefined) {
    await session.client.call('PUT', path, { notes: text });
    return;
  }
  const facts = await session.client.call<{ notes?: string; protected?: number }>('GET', path);
  session.answer({ notes: facts.notes ?? '', protected: facts.protected ?? 0 }, () =>
    renderTable(
      [facts],
      [
        { title: 'NOTES', value: ({ notes }) => notes ?? '' },
        { title: 'PROTECTED', value: (line) => (line.protected ? 'yes' : 'no') },
      ],
      { none: '' },
    ),
  );
}

async function copy(
  session: Session,
  volume: string,
  target: string,
  options: CopyOptions,
  remove: boolean,
): Promise<void> {
  const path = await storagePath(session, storageOf(volume));
  const upid = await session.client.call('POST', `${path}/copy-volume`, {
    ...{ volume, target },
    ...(remove ? { delete: 1 } : {}),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.vm === undefined ? {} : { vmid: options.vm }),
    ...(options.bwlimit === undefined ? {} : { bwlimit: options.bwlimit }),
  });
  await finish(session, upid);
}

async function orphansOf(session: Session, storage: string | undefined): Promise<OrphanLine[]> {
  if (storage !== undefined)
    return await session.client.call<OrphanLine[]>('GET', `${await storagePath(session, storage)}/orphans`);
  const node = encodeURIComponent(await session.node());
  const storages = await session.client.call<{ storage: string; content: string; active?: number }[]>(
    'GET',
    `/nodes/${node}/storage`,
    { enabled: 1 },
  );
  const holding = storages
    .filter(({ active }) => active !== 0)
    .filter(({ content }) => content.split(',').some((kind) => kind === 'images' || kind === 'rootdir'));
  const lists = await Promise.all(holding.map((one) => orphansOf(session, one.storage)));
  return lists.flat();
}

const reasons: Readonly<Record<OrphanLine['reason'], (line: OrphanLine) => string>> = {
  'guest-gone': ({ vmid }) => `there is no guest ${vmid}`,
  'not-named': ({ vmid }) => `guest ${vmid} does not name it`,
  'no-guest': () => 'it bears the number of no guest',
};

async function listOrphans(session: Session, storage: string | undefined): Promise<void> {
  const orphans = await orphansOf(session, storage);
  session.answer(orphans, () =>
    renderTable(
      orphans,
      [
        { title: 'VOLUME', value: (line) => line.volid },
        { title: 'SIZE', value: (line) => renderBytes(line.size), right: true },
        { title: 'USED', value: (line) => renderBytes(line.used), right: true },
        { title: 'MADE', value: (line) => renderTime(line.ctime) },
        { title: 'WHY', value: (line) => reasons[line.reason](line) },
        { title: '', value: (line) => (line.protected ? 'protected' : '') },
      ],
      { none: 'no orphans' },
    ),
  );
}

async function adopt(session: Session, volume: string): Promise<void> {
  const path = await storagePath(session, storageOf(volume));
  await finish(session, await session.client.call('POST', `${path}/adopt-volume`, { volume }));
}
