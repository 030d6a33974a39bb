// `croft user` and `croft token`: who may use the API.
import type { Command } from 'commander';
import { printable, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';
import { addUserKeys } from './user-keys.ts';

interface UserLine {
  readonly userid: string;
  readonly enable?: number;
  readonly expire?: number;
  readonly comment?: string;
  readonly email?: string;
}

interface TokenLine {
  readonly tokenid: string;
  readonly privsep?: number;
  readonly expire?: number;
  readonly comment?: string;
}

interface NewUser {
  readonly comment?: string;
  readonly email?: string;
  readonly groups?: string;
  readonly password: boolean;
}

interface NewToken {
  readonly comment?: string;
  readonly expire?: string;
  readonly privsep: boolean;
}

/** Adds the group `user`. */
export function addUserCommands(program: Command, session: () => Session): void {
  const group = program.command('user').description('users');
  group
    .command('list')
    .alias('ls')
    .description('all users')
    .action(() => listUsers(session()));
  group
    .command('add')
    .description('add a user; the password of a @pve user is asked for, or read from standard input')
    .argument('<user>', 'name@realm: ann@pve, or name@pam for a user of this machine')
    .option('--comment <text>')
    .option('--email <address>')
    .option('--groups <names>', 'separated by commas')
    .option('--no-password', 'without a password: the user cannot log in yet')
    .action((user: string, options: NewUser) => addUser(session(), user, options));
  group
    .command('delete')
    .alias('rm')
    .description('delete a user with their tokens')
    .argument('<user>')
    .action((user: string) => deleteUser(session(), user));
  group
    .command('reset-second-factor')
    .description(
      'take the second factor of a user away who has lost it: the password alone lets them in again',
    )
    .argument('<user>')
    .action((user: string) => resetSecondFactor(session(), user));
  addUserKeys(group, session);
}

/** Adds `one-time-password`, for a root that has no password yet. */
export function addOneTimePasswordCommand(program: Command, session: () => Session): void {
  program
    .command('one-time-password')
    .description('a password that logs a user in once, within ten minutes')
    .argument('[user]', 'name@realm', 'root@pam')
    .action(async (userid: string) => {
      const one = session();
      const made = await one.client.call<{ password: string }>('POST', '/access/one-time-password', {
        userid,
      });
      one.answer(made, () => `${made.password}\n`);
    });
}

/** Adds the group `token`. */
export function addTokenCommands(program: Command, session: () => Session): void {
  const group = program.command('token').description('API tokens');
  group
    .command('list')
    .alias('ls')
    .description('tokens of a user')
    .argument('<user>')
    .action((user: string) => listTokens(session(), user));
  group
    .command('add')
    .description('make a token; its secret is shown this once')
    .argument('<user>')
    .argument('<name>')
    .option('--comment <text>')
    .option('--expire <epoch>', 'seconds since 1970; 0 for never')
    .option('--no-privsep', 'the token may do all that its user may')
    .action((user: string, name: string, options: NewToken) => addToken(session(), user, name, options));
  group
    .command('delete')
    .alias('rm')
    .description('delete a token')
    .argument('<user>')
    .argument('<name>')
    .action(async (user: string, name: string) => {
      await session().confirm(`Programs that use ${user}!${name} will be locked out.`);
      await session().client.call('DELETE', tokenPath(user, name));
    });
}

async function listUsers(session: Session): Promise<void> {
  const users = await session.client.call<UserLine[]>('GET', '/access/users');
  session.answer(users, () =>
    renderTable(
      users,
      [
        { title: 'USER', value: (user) => user.userid },
        { title: 'STATUS', value: (user) => (user.enable === 0 ? 'disabled' : 'enabled') },
        { title: 'EXPIRES', value: (user) => (user.expire ? renderTime(user.expire) : 'never') },
        { title: 'EMAIL', value: (user) => user.email ?? '' },
        { title: 'COMMENT', value: (user) => user.comment ?? '' },
      ],
      { none: 'no users', paint: session.painter },
    ),
  );
}

async function addUser(session: Session, userid: string, options: NewUser): Promise<void> {
  const { comment, email, groups } = options;
  // Passwords of other realms are not ours to keep.
  const password =
    options.password && userid.endsWith('@pve')
      ? await session.secret(`Password for ${userid}: `)
      : undefined;
  await session.client.call('POST', '/access/users', {
    userid,
    ...(comment === undefined ? {} : { comment }),
    ...(email === undefined ? {} : { email }),
    ...(groups === undefined ? {} : { groups }),
    ...(password === undefined ? {} : { password }),
  });
}

async function deleteUser(session: Session, userid: string): Promise<void> {
  await session.confirm(`${userid} and their tokens will be gone.`);
  await session.client.call('DELETE', userPath(userid));
}

async function resetSecondFactor(session: Session, userid: string): Promise<void> {
  const path = `/access/tfa/${encodeURIComponent(userid)}`;
  const factors = await session.client.call<{ id: string; type: string; description: string }[]>('GET', path);
  if (factors.length === 0) return session.say(`${userid} has no second factor`);
  const names = factors.map(({ type, description }) => printable(description || type));
  await session.confirm(
    `${userid} loses ${names.join(', ')}, and logs in with the password alone until a new one is set up.`,
  );
  for (const { id } of factors) await session.client.call('DELETE', `${path}/${encodeURIComponent(id)}`);
}

async function listTokens(session: Session, userid: string): Promise<void> {
  const tokens = await session.client.call<TokenLine[]>('GET', `${userPath(userid)}/token`);
  session.answer(tokens, () =>
    renderTable(
      tokens,
      [
        { title: 'TOKEN', value: (token) => `${userid}!${token.tokenid}` },
        { title: 'RIGHTS', value: (token) => (token.privsep === 0 ? 'those of the user' : 'its own') },
        { title: 'EXPIRES', value: (token) => (token.expire ? renderTime(token.expire) : 'never') },
        { title: 'COMMENT', value: (token) => token.comment ?? '' },
      ],
      { none: `${userid} has no tokens` },
    ),
  );
}

async function addToken(session: Session, userid: string, name: string, options: NewToken): Promise<void> {
  const { comment, expire, privsep } = options;
  const made = await session.client.call<{ 'full-tokenid': string; value: string }>(
    'POST',
    tokenPath(userid, name),
    {
      privsep: privsep ? '1' : '0',
      ...(comment === undefined ? {} : { comment }),
      ...(expire === undefined ? {} : { expire }),
    },
  );
  session.answer(made, () => `${made['full-tokenid']}=${made.value}\n`);
  if (session.json) return;
  session.io.stderr.write(
    'Keep it: it is not shown again. In requests: Authorization: PVEAPIToken=<the line above>\n',
  );
}

function userPath(userid: string): string {
  return `/access/users/${encodeURIComponent(userid)}`;
}

function tokenPath(userid: string, name: string): string {
  return `${userPath(userid)}/token/${encodeURIComponent(name)}`;
}
