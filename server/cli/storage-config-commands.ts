// `croft storage add`, `set`, `show`, `types`, `scan`: the configuration of storages, and what they can be made of.
import type { Command } from 'commander';
import { AppError, hasCode } from '../core/errors.ts';
import { askedSecret } from './asked-secret.ts';
import { readChanges } from './guest-commands.ts';
import { readKeyValues } from './key-values.ts';
import { renderAnswer, renderTable } from './render.ts';
import type { Session } from './session.ts';

type Params = Record<string, string | string[]>;

interface TypeLine {
  readonly type: string;
  readonly content: readonly string[];
  readonly shared: 0 | 1;
  readonly options: readonly { readonly name: string; readonly required: 0 | 1; readonly fixed: 0 | 1 }[];
}

const addHelp = `
Options are those of the API; 'croft storage types' shows which each type has. Before it is stored the storage is tried.

Examples:
  croft storage add dir data --path /mnt/data --content images,iso
  croft storage add nfs nas --server nas.example.org --export /srv/machines --content images,backup
  croft storage add cifs files --server files.example.org --share machines --username croft --password -
  croft storage add lvmthin fast --vgname pve --thinpool data`;

const setHelp = `
Options are those of the API; --delete takes options away, --disable 1 stops using the storage.

Examples:
  croft storage set data --content images,iso,backup
  croft storage set nas --delete options,nodes`;

/** Adds them to the group `storage`. */
export function addStorageConfigCommands(group: Command, session: () => Session): void {
  const withWords = (command: Command, usage: string, help: string) =>
    command.allowUnknownOption().allowExcessArguments().usage(usage).addHelpText('after', help);

  withWords(
    group
      .command('add')
      .description('add a storage')
      .argument('<type>', 'dir, nfs, lvm, ...')
      .argument('<storage>', 'its name'),
    '<type> <storage> [--key value]...',
    addHelp,
  ).action(async (type: string, storage: string, _options: object, command: Command) => {
    const given = session();
    const options = await withSecret(given, readKeyValues(command.args.slice(2)));
    await given.client.call('POST', '/storage', { type, storage, ...options });
    given.say(`storage ${storage} was added`);
  });

  withWords(
    group.command('set').description('change a storage').argument('<storage>'),
    '<storage> [--key value]...',
    setHelp,
  ).action(async (storage: string, _options: object, command: Command) => {
    const given = session();
    const options = await withSecret(given, readChanges(command.args.slice(1)));
    await given.client.call('PUT', pathOf(storage), options);
  });

  group
    .command('show')
    .description('how a storage is configured')
    .argument('<storage>')
    .action(async (storage: string) => {
      const config = await session().client.call<unknown>('GET', pathOf(storage));
      session().answer(config, () => renderAnswer(config));
    });

  group
    .command('types')
    .description('types of storage, with their options: * must be given, ! cannot be changed later')
    .action(() => listTypes(session()));

  withWords(
    group
      .command('scan')
      .description('look for what a storage can be made of')
      .argument('<kind>', 'nfs, cifs, iscsi, lvm or lvmthin'),
    '<kind> [--key value]...',
    `
Examples:
  croft storage scan nfs --server nas.example.org
  croft storage scan cifs --server files.example.org --username croft --password -
  croft storage scan iscsi --portal san.example.org
  croft storage scan lvmthin --vg pve`,
  ).action(async (kind: string, _options: object, command: Command) => {
    const given = session();
    const question = await withSecret(given, readKeyValues(command.args.slice(1)));
    const path = `/nodes/${encodeURIComponent(await given.node())}/scan/${encodeURIComponent(kind)}`;
    const found = await given.client.call<unknown>('GET', path, question);
    given.answer(found, () => renderAnswer(found));
  });
}

/** Takes a storage out of the configuration. */
export async function removeStorage(session: Session, storage: string): Promise<void> {
  try {
    await session.client.call('GET', pathOf(storage));
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
    throw new AppError('not-found', `there is no storage '${storage}'`, {
      data: { hint: "to delete a volume write storage:name, as 'croft storage content <storage>' shows it" },
    });
  }
  await session.confirm(`${storage} will no longer be used. What is on it stays there.`);
  await session.client.call('DELETE', pathOf(storage));
}

function pathOf(storage: string): string {
  return `/storage/${encodeURIComponent(storage)}`;
}

/** A password given as `-` is asked for. */
async function withSecret(session: Session, params: Params): Promise<Params> {
  const { password, ...rest } = params;
  if (password === undefined) return rest;
  return { ...rest, password: await askedSecret(session, 'password', password, 'Password of the share: ') };
}

async function listTypes(session: Session): Promise<void> {
  const node = encodeURIComponent(await session.node());
  const types = await session.client.call<TypeLine[]>('GET', `/nodes/${node}/storage-types`);
  const optionWords = (line: TypeLine) =>
    line.options
      .map(({ name, required, fixed }) => `${name}${required ? '*' : ''}${fixed ? '!' : ''}`)
      .join(' ');
  session.answer(types, () =>
    renderTable(
      types,
      [
        { title: 'TYPE', value: (line) => line.type },
        { title: 'SHARED', value: (line) => (line.shared ? 'yes' : 'no') },
        { title: 'CONTENT', value: (line) => line.content.join(',') },
        { title: 'OPTIONS', value: optionWords },
      ],
      { none: 'no types' },
    ),
  );
}
