// `croft ct enter`, `exec`, `console`, `push`, `pull`: work inside a running container.
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { AppError, invalidInput } from '../core/errors.ts';
import { randomName } from '../core/ids.ts';
import type { Session } from './session.ts';
import { openTerminal } from './terminal.ts';

interface Outcome {
  readonly exitcode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Adds the commands to the group `ct`. */
export function addCtInside(group: Command, session: () => Session): void {
  group
    .command('enter')
    .description('a root shell in a running container, without log-in (Ctrl-] leaves)')
    .argument('<ct>', 'number or name')
    .action((ct: string) => open(session(), ct, 'shell', []));

  group
    .command('console')
    .description('the log-in terminal of a running container (Ctrl-] leaves)')
    .argument('<ct>', 'number or name')
    .action((ct: string) => open(session(), ct, 'termproxy', []));

  group
    .command('exec')
    .description('run a program in a container as root, and fail when it fails')
    .argument('<ct>', 'number or name')
    .argument('<program...>', 'after --: the program and its arguments')
    .option('-t, --tty', 'in a terminal, for programs that talk with people')
    .option('--timeout <seconds>', 'end it after this time (600)')
    .action((ct: string, program: string[], options: { tty?: boolean; timeout?: string }) =>
      options.tty ? open(session(), ct, 'shell', program) : exec(session(), ct, program, options.timeout),
    );

  group
    .command('push')
    .description('copy a file into a running container')
    .argument('<ct>', 'number or name')
    .argument('<file>', 'here')
    .argument('<path>', 'there; the same name when it ends with /')
    .option('--mode <octal>', 'permissions, 0644')
    .option('--owner <uid:gid>', 'numbers as the container counts, 0:0')
    .action((ct: string, file: string, path: string, options: { mode?: string; owner?: string }) =>
      push(session(), ct, file, path, options),
    );

  group
    .command('pull')
    .description('copy a file out of a running container')
    .argument('<ct>', 'number or name')
    .argument('<path>', 'there')
    .argument('[file]', 'here; the same name when left out, - for standard output')
    .action((ct: string, path: string, file: string | undefined) => pull(session(), ct, path, file));
}

async function open(
  session: Session,
  reference: string,
  method: 'termproxy' | 'shell',
  command: readonly string[],
): Promise<void> {
  const { path, vmid } = await session.guest(reference, 'lxc');
  const params: Record<string, readonly string[]> = command.length === 0 ? {} : { command };
  await openTerminal(session, path, method, params, `CT ${vmid}`);
}

async function exec(
  session: Session,
  reference: string,
  command: readonly string[],
  timeout: string | undefined,
): Promise<void> {
  const { path } = await session.guest(reference, 'lxc');
  if (timeout !== undefined && !/^\d+$/.test(timeout))
    throw invalidInput({ timeout: 'must be a whole number of seconds' });
  const outcome = await session.client.call<Outcome>('POST', `${path}/exec`, {
    command,
    ...(timeout === undefined ? {} : { timeout }),
  });
  if (session.json) return session.answer(outcome, () => '');
  session.io.stdout.write(outcome.stdout);
  session.io.stderr.write(outcome.stderr);
  if (outcome.exitcode !== 0)
    throw new AppError('command-failed', `${command[0]} ended with exit code ${outcome.exitcode}`);
}

async function push(
  session: Session,
  reference: string,
  file: string,
  target: string,
  { mode, owner }: { mode?: string; owner?: string },
): Promise<void> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw invalidInput({ file: `there is no file '${file}'` });
  const ids = owner === undefined ? undefined : /^(\d+):(\d+)$/.exec(owner);
  if (ids === null) throw invalidInput({ owner: 'write two numbers, 0:0' });
  const { path } = await session.guest(reference, 'lxc');
  const params = {
    path: target.endsWith('/') ? `${target}${basename(file)}` : target,
    ...(mode === undefined ? {} : { mode }),
    ...(ids === undefined ? {} : { uid: ids[1] ?? '', gid: ids[2] ?? '' }),
  };
  await session.client.put(`${path}/file`, params, createReadStream(file));
}

/** The file appears when it is whole. */
async function pull(
  session: Session,
  reference: string,
  source: string,
  file: string | undefined,
): Promise<void> {
  const { path } = await session.guest(reference, 'lxc');
  const target = file ?? basename(source);
  const content = await session.client.fetch(`${path}/file`, { path: source });
  if (target === '-') {
    for await (const chunk of content) session.io.stdout.write(chunk);
    return;
  }
  const fresh = `${target}.${randomName()}.part`;
  try {
    await pipeline(content, createWriteStream(fresh, { flags: 'wx' }));
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
