// The command line put together: global options, groups of commands, help.

import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config.ts';
import { appliancePaths } from '../core/appliance-layout.ts';
import { exec } from '../core/exec.ts';
import { addApiCommands } from './api-commands.ts';
import { addBackupCommands } from './backup-commands.ts';
import { addBackupJobCommands } from './backup-job-commands.ts';
import { renderCompletion, type Shell, shells } from './completion.ts';
import { addConfigBackupCommands } from './config-backup-commands.ts';
import { addConsoleCommands, type ConsoleParts } from './console-commands.ts';
import { addCtCommands } from './ct-commands.ts';
import { addImageCommands, type ImageCommandParts } from './image-commands.ts';
import { addInstallerCommands, type InstallerParts } from './installer-commands.ts';
import type { Io } from './io.ts';
import { addNodeCommands } from './node-commands.ts';
import { Session } from './session.ts';
import { addSizeCommands } from './size-commands.ts';
import { addStateCommands } from './state-commands.ts';
import { addStorageCommands } from './storage-commands.ts';
import { addTaskCommands } from './task-commands.ts';
import { addTemplateCommands } from './template-commands.ts';
import { addOneTimePasswordCommand, addTokenCommands, addUserCommands } from './user-commands.ts';
import { addVmCommands } from './vm-commands.ts';

interface GlobalOptions {
  readonly json?: boolean;
  readonly wait: boolean;
  readonly yes?: boolean;
  readonly node?: string;
}

/** What commands need that the command line may not import by itself; without a part its commands are not there. */
export interface CliParts extends ImageCommandParts {
  readonly installer?: InstallerParts;
  /** Reads and renders the files of this machine's network. */
  readonly hostNetwork?: ConsoleParts['texts'];
}

/** Builds the program. `socketPath` is asked for only when a command needs the daemon. */
export function buildProgram(io: Io, socketPath: () => string, parts: CliParts = {}): Command {
  const program = new Command('croft')
    .description('Croft on the command line, over the local socket of its daemon (root only)')
    .option('--json', 'answers as JSON')
    .option('--no-wait', 'do not wait for tasks: print their UPID')
    .option('-y, --yes', 'do not ask before deleting')
    .option('--node <name>', 'work on this node of the cluster')
    .showHelpAfterError('(add --help for what is possible)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'croft: ')),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });

  let made: Session | undefined;
  const session = (): Session => {
    if (made) return made;
    const { json, wait, yes, node } = program.opts<GlobalOptions>();
    made = new Session({ io, socketPath: socketPath(), json: json === true, wait, yes: yes === true, node });
    return made;
  };

  addVmCommands(program, session);
  addCtCommands(program, session);
  addTemplateCommands(program, session);
  addStorageCommands(program, session);
  addTaskCommands(program, session);
  addNodeCommands(program, session);
  addImageCommands(program, session, parts);
  addStateCommands(program, session, {
    ...{ socketPath, exec },
    dataDir: () => readConfig(io.env).dataDir,
    isAppliance: () => existsSync(appliancePaths.boot),
  });
  if (parts.installer) addInstallerCommands(program, io, session, parts.installer);
  addConsoleCommands(program, io, session, { texts: parts.hostNetwork });
  addUserCommands(program, session);
  addTokenCommands(program, session);
  addBackupCommands(program, session);
  addBackupJobCommands(program, session);
  addConfigBackupCommands(program, session);
  addSizeCommands(program, session);
  addOneTimePasswordCommand(program, session);
  addApiCommands(program, session);
  program
    .command('completion')
    .description('a script that completes commands in a shell')
    .argument('<shell>', shells.join(', '), readShell)
    .action((shell: Shell) => {
      io.stdout.write(renderCompletion(program, shell));
    });
  return program;
}

function readShell(word: string): Shell {
  const shell = shells.find((one) => one === word);
  if (!shell) throw new InvalidArgumentError(`It must be one of: ${shells.join(', ')}.`);
  return shell;
}
