// `croft console`: what the text console's menu calls. Made for a person at a terminal, on any kind of terminal.
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { InstallCheck, MachineFactsReply } from '../contract/appliance.ts';
import { appliancePaths } from '../core/appliance-layout.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { type Exec, exec } from '../core/exec.ts';
import { runAddressDialogue } from './console/address-dialogue.ts';
import {
  AddressChange,
  type AddressParts,
  type HostNetworkTexts,
  listCards,
} from './console/change-address.ts';
import { runInstallWizard } from './console/install-wizard.ts';
import { askAll, type Talk } from './console/questions.ts';
import { openTerminal } from './console/terminal.ts';
import { passwordProblem } from './console/values.ts';
import { isSuccess, isUpid, watchTask } from './follow-task.ts';
import type { Io } from './io.ts';
import type { Session } from './session.ts';

/** What the commands work with beside the daemon; defaults are this machine's. */
export interface ConsoleParts extends Partial<Omit<AddressParts, 'texts'>> {
  /** Without it `address` is not there: the command line runs from a checkout. */
  readonly texts?: HostNetworkTexts | undefined;
}

const webPort = 8006;

/** Adds the group `console`. Only `install` opens a session: the others must work whatever became of the settings. */
export function addConsoleCommands(
  program: Command,
  io: Io,
  session: () => Session,
  parts: ConsoleParts = {},
): void {
  const run = parts.exec ?? exec;
  const group = program.command('console').description('dialogues of the text console');
  group
    .command('head')
    .description("the console's head: addresses, certificate, warnings")
    .action(() => showHead(io, parts.root ?? ''));
  group
    .command('install')
    .description('install onto a disk, by questions')
    .action(() => inDialogue(io, (talk) => install(session(), talk, run)));
  group
    .command('password')
    .description("set root's password")
    .action(() => inDialogue(io, (talk) => setPassword(talk, run)));
  const { texts } = parts;
  if (!texts) return;
  const change = new AddressChange({
    ...{ exec: run, texts, clock: parts.clock ?? systemClock, root: parts.root ?? '' },
    interfaces: parts.interfaces ?? networkInterfaces,
  });
  group
    .command('address')
    .description("change this machine's address; goes back by itself unless it is kept")
    .action(() =>
      inDialogue(io, async (talk) => {
        const cards = await listCards(run);
        if (cards.length === 0) throw new AppError('unavailable', 'this machine has no network card');
        await runAddressDialogue({ talk, change, cards, port: webPort });
      }),
    );
  group.command('address-back', { hidden: true }).action(async () => {
    const back = await change.goBack();
    io.stdout.write(`${back ? 'the former settings are back' : 'no change of the address is on trial'}\n`);
  });
}

async function inDialogue(io: Io, dialogue: (talk: Talk) => Promise<void>): Promise<void> {
  const terminal = openTerminal(io);
  try {
    await dialogue(terminal);
  } finally {
    terminal.close();
  }
}

function showHead(io: Io, root: string): void {
  let text = 'Croft is starting.\n';
  try {
    text = readFileSync(join(root, appliancePaths.consoleHead), 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  io.stdout.write(text);
}

async function install(session: Session, talk: Talk, run: Exec): Promise<void> {
  const base = `/nodes/${encodeURIComponent(await session.node())}/appliance`;
  const { client } = session;
  await runInstallWizard({
    talk,
    facts: () => client.call<MachineFactsReply>('GET', `${base}/machine`),
    check: (answers) => client.call<InstallCheck>('POST', `${base}/check`, { answers }),
    install: async (answers, confirm) => {
      const upid = await client.call<unknown>('POST', `${base}/install`, { answers, confirm });
      if (!isUpid(upid)) throw new AppError('internal', 'the daemon did not start the installation');
      const status = await watchTask(session, upid);
      if (!isSuccess(status)) throw new AppError('command-failed', `the installation failed: ${status}`);
      if (status !== 'OK') talk.say(`Ended with ${status.toLowerCase()}.`);
    },
    reboot: async () => void (await run('systemctl', ['reboot'], { intention: 'reboot' })),
  });
}

interface NewPassword {
  readonly password: string;
}

async function setPassword(talk: Talk, run: Exec): Promise<void> {
  talk.say('The password of root, for this console, SSH and the web interface. Ctrl+C ends.');
  const { password } = await askAll<NewPassword>(
    [
      {
        key: 'password',
        text: 'New password of root',
        secret: true,
        take: (typed) => passwordProblem(typed) ?? { password: typed },
      },
      {
        key: 'password-again',
        text: 'The same password again',
        secret: true,
        backWhenWrong: true,
        take: (typed, fields) => (typed === fields.password ? fields : 'The two were not the same.'),
      },
    ],
    { password: '' },
    talk,
  );
  // By standard input: arguments can be read by everybody (chpasswd(8)).
  await run('chpasswd', [], { input: `root:${password}\n`, intention: 'set the password' });
  talk.say("Root's password is set.");
}
