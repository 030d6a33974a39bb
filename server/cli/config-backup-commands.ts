// `croft config-backup`: the configuration on the storages for backups; what differs from now, and bringing items back.
import type { Command } from 'commander';
import type { ConfigBackupItem, ConfigComparison, ConfigField } from '../contract/config-backups.ts';
import { AppError } from '../core/errors.ts';
import { finish } from './follow-task.ts';
import { renderBytes, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

const path = '/cluster/config-backups';

const restoreHelp = `
Items are named as 'croft config-backup compare' names them. All of them are brought back, or none.

Examples:
  croft config-backup compare nas:backup/croft-config-pve1-20261123T023000Z.tar.zst
  croft config-backup restore nas:backup/croft-config-pve1-20261123T023000Z.tar.zst backup-jobs/nightly guests/100`;

interface Opened {
  readonly secrets?: boolean;
}

/** Adds the group `config-backup`. */
export function addConfigBackupCommands(program: Command, session: () => Session): void {
  const group = program.command('config-backup').description('backups of the configuration itself');

  group
    .command('list')
    .alias('ls')
    .description('the backups on all storages')
    .action(() => listBackups(session()));

  group
    .command('create')
    .description('back the configuration up now')
    .argument('<storage>')
    .action(async (storage: string) =>
      finish(session(), await session().client.call('POST', path, { storage })),
    );

  group
    .command('compare')
    .description('what differs between a backup and now')
    .argument('<volume>', "as in 'croft config-backup list'")
    .option('--secrets', 'compare passwords and keys, too; asks for the passphrase of the backup')
    .option('--fields', 'also how each item differs')
    .action(async (volume: string, options: Opened & { fields?: boolean }) =>
      showDifferences(
        session(),
        await compare(session(), volume, await passphraseFor(session(), options)),
        options.fields === true,
      ),
    );

  group
    .command('restore')
    .description('bring items of a backup back')
    .argument('<volume>')
    .argument('<items...>')
    .option('--secrets', 'passwords and keys, too; asks for the passphrase of the backup')
    .addHelpText('after', restoreHelp)
    .action((volume: string, items: string[], options: Opened) => restore(session(), volume, items, options));

  group
    .command('passphrase')
    .description('set what secrets in new backups are encrypted by; without it they are left out')
    .option('--delete', 'leave secrets out from now on')
    .action(async (options: { delete?: boolean }) => {
      if (options.delete) {
        await session().confirm('New backups of the configuration will be without passwords and keys.');
        await session().client.call('PUT', `${path}/passphrase`, { delete: 1 });
        return;
      }
      const passphrase = await session().secret('New passphrase: ');
      await session().client.call('PUT', `${path}/passphrase`, { passphrase });
      session().say('keep it where it survives this machine: nobody can tell it to you again');
    });
}

async function passphraseFor(session: Session, { secrets }: Opened): Promise<string | undefined> {
  return secrets ? await session.secret('Passphrase of the backup: ') : undefined;
}

async function listBackups(session: Session): Promise<void> {
  const answer = await session.client.call<{
    backups: ConfigBackupItem[];
    problems: { storage: string; problem: string }[];
    secrets: 0 | 1;
  }>('GET', path);
  session.answer(answer.backups, () =>
    renderTable(
      answer.backups,
      [
        { title: 'MADE', value: ({ time }) => renderTime(time) },
        { title: 'NODE', value: ({ node }) => node },
        { title: 'SIZE', value: ({ size }) => renderBytes(size), right: true },
        { title: 'VOLUME', value: ({ volid }) => volid },
      ],
      { none: 'no backups of the configuration' },
    ),
  );
  for (const { storage, problem } of answer.problems) session.say(`storage ${storage}: ${problem}`);
  if (!answer.secrets)
    session.say("passwords and keys are not in them: see 'croft config-backup passphrase'");
}

function compare(
  session: Session,
  volume: string,
  passphrase: string | undefined,
): Promise<ConfigComparison> {
  const given = { volume, ...(passphrase === undefined ? {} : { passphrase }) };
  return session.client.call<ConfigComparison>('POST', `${path}/compare`, given);
}

const stateWords = { same: 'same', changed: 'changed', missing: 'gone now', new: 'new now' } as const;

function showDifferences(session: Session, answer: ConfigComparison, withFields: boolean): void {
  const lines = answer.items.flatMap((item) => {
    const fields: (ConfigField | undefined)[] = withFields ? item.fields : [];
    return [undefined, ...fields].map((field) => ({ item, field }));
  });
  session.answer(answer, () =>
    renderTable(
      lines,
      [
        { title: 'ITEM', value: ({ item, field }) => (field ? `  ${field.name}` : item.id) },
        { title: 'STATE', value: ({ item, field }) => (field ? '' : stateWords[item.state]) },
        { title: 'BACKUP', value: ({ field }) => (field ? shownValue(field, field.backup) : '') },
        { title: 'NOW', value: ({ field }) => (field ? shownValue(field, field.now) : '') },
        {
          title: 'NOTE',
          value: ({ item, field }) =>
            field ? (field.kept ? 'stays' : '') : (item.refused ?? item.danger ?? ''),
        },
      ],
      { none: 'all is as in the backup' },
    ),
  );
  if (answer.secrets === 'sealed') session.say('passwords and keys were not compared: add --secrets');
}

function shownValue({ secret }: ConfigField, value: string | undefined): string {
  return secret ? '(secret)' : (value ?? '-').replaceAll('\n', ' ⏎ ');
}

async function restore(
  session: Session,
  volume: string,
  ids: readonly string[],
  options: Opened,
): Promise<void> {
  const passphrase = await passphraseFor(session, options);
  const { items } = await compare(session, volume, passphrase);
  const chosen = ids.map((id) => {
    const item = items.find((one) => one.id === id);
    if (!item) throw new AppError('not-found', `'${id}' does not differ from the backup, or is not in it`);
    if (item.refused !== undefined)
      throw new AppError('wrong-state', `'${id}' cannot be restored: ${item.refused}`);
    return item;
  });
  for (const { id, danger } of chosen) if (danger !== undefined) session.say(`${id}: ${danger}`);
  await session.confirm(`${chosen.length} item(s) of the configuration will be as they are in the backup.`);
  const given = {
    volume,
    items: chosen.map(({ id, digest }) => `${id}@${digest}`),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  await finish(session, await session.client.call('POST', `${path}/restore`, given));
}
