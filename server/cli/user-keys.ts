// `croft user keys`: a user's library of SSH public keys.
import type { Command } from 'commander';
import { readPublicKeys } from './public-keys.ts';
import { renderTable } from './render.ts';
import type { Session } from './session.ts';

interface KeyLine {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
  readonly fingerprint: string;
}

/** Adds `keys` with its own commands to the group `user`. */
export function addUserKeys(group: Command, session: () => Session): void {
  const keys = group.command('keys').description('SSH public keys of a user, to pick from for new guests');
  const pathOf = (user: string) => `/access/users/${encodeURIComponent(user)}/ssh-keys`;

  keys
    .command('list')
    .alias('ls')
    .description('the keys of a user')
    .argument('<user>')
    .action(async (user: string) => {
      const lines = await session().client.call<KeyLine[]>('GET', pathOf(user));
      session().answer(lines, () =>
        renderTable(
          lines,
          [
            { title: 'NAME', value: (line) => line.name },
            { title: 'TYPE', value: (line) => line.type },
            { title: 'FINGERPRINT', value: (line) => line.fingerprint },
            { title: 'COMMENT', value: (line) => line.comment },
          ],
          { none: `${user} has no SSH keys` },
        ),
      );
    });

  keys
    .command('add')
    .description('add a key, or all of a file; those without a name take their comments for one')
    .argument('<user>')
    .argument('<keys>', 'a file of public keys, or one key')
    .option('--name <name>', 'for one key')
    .action(async (user: string, value: string, { name }: { name?: string }) => {
      const made = await session().client.call<{ added: string[]; known: string[] }>('POST', pathOf(user), {
        key: await readPublicKeys(value, 'keys'),
        ...(name === undefined ? {} : { name }),
      });
      session().answer(made, () =>
        [
          ...made.added.map((one) => `added ${one}\n`),
          ...made.known.map((one) => `already there as ${one}\n`),
        ].join(''),
      );
    });

  keys
    .command('delete')
    .alias('rm')
    .description('take a key out; guests that have it keep it')
    .argument('<user>')
    .argument('<name>')
    .action(async (user: string, name: string) => {
      await session().client.call('DELETE', `${pathOf(user)}/${encodeURIComponent(name)}`);
    });
}
