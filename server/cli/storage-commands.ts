// `croft storage`: list, content, upload, remove; the commands about configuration come from a file of their own.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';
import { finish } from './follow-task.ts';
import { renderBytes, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';
import { addStorageConfigCommands, removeStorage } from './storage-config-commands.ts';
import { type UploadOptions, uploadFile } from './upload.ts';
import { addVolumeCommands } from './volume-commands.ts';

interface StorageLine {
  readonly storage: string;
  readonly type: string;
  readonly content: string;
  readonly active?: number;
  readonly enabled?: number;
  readonly total?: number;
  readonly used?: number;
  readonly avail?: number;
  readonly problem?: string;
}

interface VolumeLine {
  readonly volid: string;
  readonly content?: string;
  readonly format: string;
  readonly size: number;
  readonly vmid?: number;
  readonly ctime?: number;
}

/** Adds the group `storage`. */
export function addStorageCommands(program: Command, session: () => Session): void {
  const group = program.command('storage').description('storages and what is on them');

  group
    .command('list')
    .alias('ls')
    .description('all storages of the node')
    .action(() => listStorages(session()));

  group
    .command('content')
    .description('images, ISO files and templates of a storage')
    .argument('<storage>')
    .option('--type <kind>', 'only this kind: images, iso, vztmpl, snippets, import')
    .option('--vm <vmid>', 'only volumes of this guest')
    .action((storage: string, options: { type?: string; vm?: string }) =>
      listContent(session(), storage, options),
    );

  group
    .command('upload')
    .description('bring a file into a storage')
    .argument('<storage>')
    .argument('<file>')
    .option('--type <kind>', 'iso, vztmpl, import or snippets; told by the name when left out')
    .option('--name <name>', 'its name on the storage')
    .option('--checksum <algorithm:hex>', 'refuse it when it differs: sha256:0123...')
    .action((storage: string, file: string, options: UploadOptions) =>
      uploadFile(session(), storage, file, options),
    );

  group
    .command('remove')
    .alias('rm')
    .description('delete a volume, or stop using a storage; what is on that stays there')
    .argument('<volume|storage>', 'as in the lists: local:iso/debian.iso, nas')
    .action((name: string) =>
      name.includes(':') ? removeVolume(session(), name) : removeStorage(session(), name),
    );
  addStorageConfigCommands(group, session);
  addVolumeCommands(group, session);
}

async function listStorages(session: Session): Promise<void> {
  const node = await session.node();
  const storages = await session.client.call<StorageLine[]>(
    'GET',
    `/nodes/${encodeURIComponent(node)}/storage`,
  );
  session.answer(storages, () =>
    renderTable(
      storages,
      [
        { title: 'STORAGE', value: (line) => line.storage },
        { title: 'TYPE', value: (line) => line.type },
        { title: 'STATUS', value: stateOf },
        { title: 'USED', value: (line) => renderBytes(line.used), right: true },
        { title: 'FREE', value: (line) => renderBytes(line.avail), right: true },
        { title: 'TOTAL', value: (line) => renderBytes(line.total), right: true },
        { title: 'CONTENT', value: (line) => line.content },
        { title: '', value: (line) => line.problem ?? '' },
      ],
      { none: 'no storages', paint: session.painter },
    ),
  );
}

function stateOf({ active, enabled }: StorageLine): string {
  if (enabled === 0) return 'disabled';
  return active === 0 ? 'unavailable' : 'available';
}

async function listContent(
  session: Session,
  storage: string,
  options: { type?: string; vm?: string },
): Promise<void> {
  const node = await session.node();
  const path = `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage)}/content`;
  const volumes = await session.client.call<VolumeLine[]>('GET', path, {
    ...(options.type === undefined ? {} : { content: options.type }),
    ...(options.vm === undefined ? {} : { vmid: options.vm }),
  });
  session.answer(volumes, () =>
    renderTable(
      volumes,
      [
        { title: 'VOLUME', value: (line) => line.volid },
        { title: 'TYPE', value: (line) => line.content ?? '' },
        { title: 'FORMAT', value: (line) => line.format },
        { title: 'SIZE', value: (line) => renderBytes(line.size), right: true },
        { title: 'VM', value: (line) => String(line.vmid ?? ''), right: true },
        { title: 'MADE', value: (line) => renderTime(line.ctime) },
      ],
      { none: 'empty' },
    ),
  );
}

async function removeVolume(session: Session, volume: string): Promise<void> {
  const parts = splitVolumeId(volume);
  if (!parts)
    throw invalidInput({ volume: "write storage:name, as 'croft storage content <storage>' shows it" });
  const node = await session.node();
  await session.confirm(`${volume} will be lost.`);
  const path = `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(parts.storage)}/content`;
  const answer = await session.client.call<unknown>('DELETE', `${path}/${encodeURIComponent(volume)}`);
  await finish(session, answer);
}
