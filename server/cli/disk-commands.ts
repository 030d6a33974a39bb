// `croft node disks` and `croft node disk`: the disks of the node, wiped and put to use.
import type { Command } from 'commander';
import type { DiskContents, DiskDirectory, LvmGroup, ThinPool } from '../contract/node-disk-changes.ts';
import type { DiskItem } from '../contract/node-disks.ts';
import { AppError } from '../core/errors.ts';
import type { Params } from './api-client.ts';
import { finish } from './follow-task.ts';
import { renderBytes, renderPairs, renderTable } from './render.ts';
import type { Session } from './session.ts';

/** What can be made on a disk, as the API calls it. */
const places = {
  directory: 'a file system mounted below /mnt/pve',
  lvm: 'a volume group',
  lvmthin: 'a volume group with a thin pool',
} as const;
type Place = keyof typeof places;

interface CreateOptions {
  readonly filesystem?: string;
  readonly storage: boolean;
}

interface RemoveOptions {
  readonly group?: string;
  readonly withStorages?: boolean;
  readonly withDisks?: boolean;
  readonly withVolumes?: boolean;
}

/** Adds `disks` and `disk` to the group `node`. */
export function addDiskCommands(node: Command, session: () => Session): void {
  node
    .command('disks')
    .description('the disks of this machine, their health and what they are used for')
    .option('--partitions', 'also their partitions')
    .option('--unused', 'only those that hold nothing')
    .action((options: { partitions?: boolean; unused?: boolean }) => listDisks(session(), options));

  const disk = node.command('disk').description('use a disk, or take it back');
  disk
    .command('show')
    .description('who uses a disk or partition, and what is on it')
    .argument('<device>', '/dev/sdb')
    .action((device: string) => showDisk(session(), device));
  disk
    .command('wipe')
    .description('erase what a disk or partition was')
    .argument('<device>', '/dev/sdb')
    .action((device: string) => wipe(session(), device));
  disk
    .command('init')
    .description('write an empty partition table (GPT) onto a disk that holds nothing')
    .argument('<disk>', '/dev/sdb')
    .action((device: string) => init(session(), device));
  for (const place of Object.keys(places) as Place[]) addPlace(disk, session, place);
}

function addPlace(disk: Command, session: () => Session, place: Place): void {
  const group = disk.command(place).description(places[place]);
  group
    .command('list')
    .alias('ls')
    .description('those of this machine')
    .action(() => listPlaces(session(), place));
  const create = group
    .command('create')
    .description(`make ${places[place]} on a disk or partition that holds nothing`)
    .argument('<name>', 'its name, and that of the storage')
    .argument('<device>', '/dev/sdb')
    .option('--no-storage', 'do not add it as a storage')
    .action((name: string, device: string, options: CreateOptions) =>
      createPlace(session(), place, name, device, options),
    );
  if (place === 'directory') create.option('--filesystem <type>', 'ext4 or xfs', 'ext4');
  const remove = group
    .command('remove')
    .alias('rm')
    .description(place === 'directory' ? 'unmount it for good' : 'destroy it')
    .argument('<name>')
    .option('--with-storages', 'also remove the storages on it from the configuration')
    .option('--with-disks', 'also erase its disks')
    .option('--with-volumes', 'lose what is still in it')
    .action((name: string, options: RemoveOptions) => removePlace(session(), place, name, options));
  if (place === 'lvmthin') remove.requiredOption('--group <name>', 'its volume group');
}

async function pathOf(session: Session): Promise<string> {
  return `/nodes/${encodeURIComponent(await session.node())}/disks`;
}

async function listDisks(
  session: Session,
  { partitions, unused }: { partitions?: boolean; unused?: boolean },
): Promise<void> {
  const disks = await session.client.call<DiskItem[]>('GET', `${await pathOf(session)}/list`, {
    ...(partitions ? { 'include-partitions': 1 } : {}),
    ...(unused ? { type: 'unused' } : {}),
  });
  session.answer(disks, () =>
    renderTable(
      disks,
      [
        { title: 'DEVICE', value: ({ devpath, parent }) => `${parent === undefined ? '' : '  '}${devpath}` },
        {
          title: 'TYPE',
          value: ({ type, bus }) => (bus === undefined || bus === type ? type : `${type} ${bus}`),
        },
        { title: 'SIZE', value: ({ size }) => renderBytes(size), right: true },
        { title: 'USED FOR', value: usageOf },
        { title: 'HEALTH', value: ({ health, parent }) => (parent === undefined ? health : '') },
        { title: 'LIFE', value: ({ wearout }) => (wearout === 'N/A' ? '' : `${wearout}%`), right: true },
        { title: 'MODEL', value: ({ model, parent }) => (parent === undefined ? model : '') },
        { title: 'SERIAL', value: ({ serial, parent }) => (parent === undefined ? serial : '') },
      ],
      { none: 'no disks' },
    ),
  );
}

function usageOf({ used, vgname, mounted }: DiskItem): string {
  if (used === undefined) return mounted === 1 ? 'mounted' : '';
  if (used === 'LVM' && vgname !== undefined && vgname !== '') return `LVM: ${vgname}`;
  return mounted === 1 && used !== 'mounted' ? `${used}, mounted` : used;
}

async function readContents(session: Session, device: string): Promise<DiskContents> {
  return await session.client.call<DiskContents>('GET', `${await pathOf(session)}/contents`, {
    disk: device,
  });
}

async function showDisk(session: Session, device: string): Promise<void> {
  const contents = await readContents(session, device);
  session.answer(contents, () => {
    const { disk, model, serial, size, uses, losses } = contents;
    return [
      renderPairs([
        ['device', disk],
        ['model', model],
        ['serial number', serial],
        ['size', renderBytes(size)],
      ]),
      section('used', uses, 'by nobody'),
      section('holds', losses, 'nothing'),
    ].join('');
  });
}

function section(title: string, lines: readonly string[], none: string): string {
  return lines.length === 0
    ? renderPairs([[title, none]])
    : lines.map((line) => renderPairs([[title, line]])).join('');
}

/** Asks, telling what is lost; then only that disk is touched, if it is still as it was shown. */
async function wipe(session: Session, device: string): Promise<void> {
  const contents = await readContents(session, device);
  requireIdle(contents);
  const { disk, model, serial, losses, identity } = contents;
  const which = [model, serial === '' ? '' : `serial number ${serial}`]
    .filter((text) => text !== '')
    .join(', ');
  await session.confirm(
    [
      `${disk}${which === '' ? '' : ` (${which})`} will be erased.`,
      ...losses.map((loss) => `Lost: ${loss}.`),
    ].join('\n'),
  );
  const given = { disk, expected: identity };
  await finish(session, await session.client.call('PUT', `${await pathOf(session)}/wipedisk`, given));
}

async function init(session: Session, device: string): Promise<void> {
  const { disk, identity } = await readContents(session, device);
  const given = { disk, expected: identity };
  await finish(session, await session.client.call('POST', `${await pathOf(session)}/initgpt`, given));
}

function requireIdle({ disk, uses }: DiskContents): void {
  if (uses.length > 0) throw new AppError('busy', `${disk} is in use: ${uses.join('; ')}`);
}

async function createPlace(
  session: Session,
  place: Place,
  name: string,
  device: string,
  { filesystem, storage }: CreateOptions,
): Promise<void> {
  const { identity } = await readContents(session, device);
  const given: Params = {
    ...{ name, device, expected: identity, add_storage: storage ? 1 : 0 },
    ...(filesystem === undefined ? {} : { filesystem }),
  };
  await finish(session, await session.client.call('POST', `${await pathOf(session)}/${place}`, given));
}

async function removePlace(
  session: Session,
  place: Place,
  name: string,
  { group, withStorages, withDisks, withVolumes }: RemoveOptions,
): Promise<void> {
  if (place !== 'directory' || withDisks) await session.confirm(`${name} and what is in it will be lost.`);
  const given: Params = {
    ...(withStorages ? { 'cleanup-config': 1 } : {}),
    ...(withDisks ? { 'cleanup-disks': 1 } : {}),
    ...(withVolumes ? { 'with-volumes': 1 } : {}),
    ...(group === undefined ? {} : { 'volume-group': group }),
  };
  const path = `${await pathOf(session)}/${place}/${encodeURIComponent(name)}`;
  await finish(session, await session.client.call('DELETE', path, given));
}

async function listPlaces(session: Session, place: Place): Promise<void> {
  const path = `${await pathOf(session)}/${place}`;
  if (place === 'directory') return await listDirectories(session, path);
  return place === 'lvm' ? await listGroups(session, path) : await listPools(session, path);
}

async function listDirectories(session: Session, path: string): Promise<void> {
  const list = await session.client.call<DiskDirectory[]>('GET', path);
  session.answer(list, () =>
    renderTable(
      list,
      [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'PATH', value: (one) => one.path },
        { title: 'TYPE', value: ({ type }) => type },
        { title: 'DEVICE', value: ({ device }) => device },
        { title: 'FREE', value: ({ avail }) => renderBytes(avail), right: true },
        { title: 'SIZE', value: ({ size }) => renderBytes(size), right: true },
        { title: 'STORAGES', value: ({ storages }) => storages.join(',') },
        {
          title: '',
          value: ({ mounted, problem }) =>
            mounted === 1 ? '' : ['not mounted', problem].filter(Boolean).join(': '),
        },
      ],
      { none: 'no directories' },
    ),
  );
}

async function listGroups(session: Session, path: string): Promise<void> {
  const { children } = await session.client.call<{ children: LvmGroup[] }>('GET', path);
  session.answer(children, () =>
    renderTable(
      children,
      [
        { title: 'GROUP', value: ({ name }) => name },
        { title: 'FREE', value: ({ free }) => renderBytes(free), right: true },
        { title: 'SIZE', value: ({ size }) => renderBytes(size), right: true },
        { title: 'VOLUMES', value: ({ volumes }) => String(volumes.length), right: true },
        { title: 'DISKS', value: (group) => (group.children ?? []).map(({ name }) => name).join(',') },
        { title: 'STORAGES', value: ({ storages }) => storages.join(',') },
        { title: '', value: ({ partial }) => (partial === 1 ? 'disks are missing' : '') },
      ],
      { none: 'no volume groups' },
    ),
  );
}

async function listPools(session: Session, path: string): Promise<void> {
  const list = await session.client.call<ThinPool[]>('GET', path);
  session.answer(list, () =>
    renderTable(
      list,
      [
        { title: 'POOL', value: ({ vg, lv }) => `${vg}/${lv}` },
        { title: 'USED', value: ({ used }) => renderBytes(used), right: true },
        { title: 'SIZE', value: (pool) => renderBytes(pool.lv_size), right: true },
        { title: 'METADATA', value: (pool) => renderBytes(pool.metadata_used), right: true },
        { title: 'OF', value: (pool) => renderBytes(pool.metadata_size), right: true },
        { title: 'VOLUMES', value: ({ volumes }) => String(volumes.length), right: true },
        { title: 'STORAGES', value: ({ storages }) => storages.join(',') },
      ],
      { none: 'no thin pools' },
    ),
  );
}
