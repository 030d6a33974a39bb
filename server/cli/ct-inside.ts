// `croft ct enter`, `exec`, `console`: work inside a running container.
import type { Command } from 'commander';
import { AppError, invalidInput } from '../core/errors.ts';
import { addCtCopy } from './ct-copy.ts';
import type { Outcome } from './ct-run.ts';
import type { Session } from './session.ts';
import { openTerminal } from './terminal.ts';

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

  addCtCopy(group, session);
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
