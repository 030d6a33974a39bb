// `croft state`: the appliance's state as a file, the factory reset, and the copies of the configuration.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { AppError, invalidInput } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { writePrivateFile } from '../core/private-file.ts';
import { finish } from './follow-task.ts';
import { renderBytes, renderDuration, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

/** What the commands need beside the daemon: with a damaged database there is none. */
export interface StateCommandParts {
  readonly socketPath: () => string;
  readonly dataDir: () => string;
  readonly exec: Exec;
  /** Is the daemon a service of this machine, that may be restarted by name? */
  readonly isAppliance: () => boolean;
}

interface BackupLine {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly size: number;
}

/** As `server/db/restore-config.ts` writes it. Times in milliseconds. */
interface RestoreResult {
  readonly name: string;
  readonly at: number;
  readonly setAside?: readonly string[];
  readonly problem?: string;
}

const unit = 'croft.service';
const restoreWaitMs = 60_000;

/** Adds the group `state`. */
export function addStateCommands(program: Command, session: () => Session, parts: StateCommandParts): void {
  const group = program.command('state').description('settings, keys and logs of this machine as a whole');

  group
    .command('export')
    .description('write settings, keys and logs into a file; it holds secrets')
    .argument('<file>', 'a new file, for instance croft-state.tar.gz')
    .action((file: string) => exportState(session(), parts, file));

  group
    .command('reset')
    .description('forget all settings and start as on the first day; reboots')
    .option('--destroy-guests', "also destroy guests' disks, ISO images and backups on the local disks")
    .option('--confirm <node>', "this node's name, instead of being asked for it")
    .action((options: { destroyGuests?: boolean; confirm?: string }) => resetState(session(), options));

  group
    .command('backups')
    .description('the copies of the configuration that are kept; needs no daemon')
    .action(() => listBackups(session(), parts));

  group
    .command('restore')
    .description('put a copy of the configuration in place; needs no daemon')
    .argument('<name>', "as in 'croft state backups'")
    .action((name: string) => restoreBackup(session(), parts, name));
}

async function exportState(session: Session, parts: StateCommandParts, file: string): Promise<void> {
  if (existsSync(file)) throw new AppError('already-exists', `${file} exists already`);
  const node = await session.node();
  const path = `/api2/json/nodes/${encodeURIComponent(node)}/appliance/state`;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ socketPath: parts.socketPath(), path, agent: false }, resolve);
    asked.on('error', (cause) =>
      reject(new AppError('unavailable', 'the connection to the Croft daemon broke off', { cause })),
    );
    asked.end();
  });
  if (response.statusCode !== 200) {
    response.resume();
    throw new AppError('unavailable', response.statusMessage || `the daemon answered ${response.statusCode}`);
  }
  const draft = `${file}.part`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(response);
    await handle.sync();
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new AppError('unavailable', 'the export broke off; nothing was written', { cause });
  } finally {
    await handle.close();
  }
  const size = statSync(file).size;
  session.answer({ file, size }, () => `${file}: ${renderBytes(size)}. It holds secrets: keep it safe.\n`);
}

async function resetState(
  session: Session,
  options: { destroyGuests?: boolean; confirm?: string },
): Promise<void> {
  const node = await session.node();
  const what =
    options.destroyGuests === true
      ? "All settings, guests and their disks, ISO images and backups on this machine's disks will be lost."
      : 'All settings and the configurations of guests will be lost; disks of guests stay.';
  const confirm = options.confirm ?? (await askForName(session, node, what));
  const answer = await session.client.call<unknown>(
    'POST',
    `/nodes/${encodeURIComponent(node)}/appliance/reset`,
    {
      confirm,
      'destroy-guests': options.destroyGuests === true ? 1 : 0,
    },
  );
  await finish(session, answer);
}

/** More than a yes: the name shows that it is the right machine. */
async function askForName(session: Session, node: string, what: string): Promise<string> {
  const { stdin, stderr } = session.io;
  if (stdin.isTTY !== true) throw invalidInput({ confirm: `give --confirm ${node}` });
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const typed = await Promise.race([lines.question(`${what} Type the node's name to go on: `), closed]);
    if (typed.trim() !== node) throw new AppError('cancelled', 'nothing was done');
    return typed.trim();
  } finally {
    lines.close();
  }
}

/** The names are those of `server/db/config-backup-files.ts`. */
function readBackups(dataDir: string): BackupLine[] {
  const folder = join(dataDir, 'config-backups');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const [, ...digits] = /^croft-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/.exec(name) ?? [];
      if (digits.length === 0) return [];
      const [year, month, day, hour, minute, second] = digits;
      const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
      return Number.isNaN(at) ? [] : [{ name, at, size: statSync(join(folder, name)).size }];
    })
    .sort((a, b) => b.at - a.at);
}

function listBackups(session: Session, parts: StateCommandParts): void {
  const backups = readBackups(parts.dataDir());
  session.answer(backups, () =>
    renderTable(
      backups,
      [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'MADE', value: ({ at }) => renderTime(at) },
        { title: 'SIZE', value: ({ size }) => renderBytes(size), right: true },
      ],
      { none: 'no copies' },
    ),
  );
}

/** The daemon does it when it starts, before it opens its database; so it is the same with a daemon, without, and in rescue. */
async function restoreBackup(session: Session, parts: StateCommandParts, name: string): Promise<void> {
  const dataDir = parts.dataDir();
  const backup = readBackups(dataDir).find((one) => one.name === name);
  if (!backup)
    throw new AppError('not-found', `there is no copy '${name}'`, {
      data: { hint: "'croft state backups' lists them" },
    });
  const age = renderDuration(Math.max(1, Date.now() / 1000 - backup.at));
  const lost = `What was changed after ${renderTime(backup.at)} (${age} ago) will be lost: settings, guests' configurations, accounts, the list of tasks. Disks stay as they are.`;
  await session.confirm(lost);
  const at = Date.now();
  writePrivateFile(join(dataDir, 'restore-request.json'), `${JSON.stringify({ name, at })}\n`);
  if (!parts.isAppliance()) {
    session.answer(
      { name, requested: true },
      () => `${lost}\nIt is done when the daemon starts the next time.\n`,
    );
    return;
  }
  await parts.exec('systemctl', ['restart', '--no-block', unit], { intention: 'restart the daemon' });
  const result = await awaitResult(join(dataDir, 'restore-result.json'), at);
  if (result.problem !== undefined)
    throw new AppError('command-failed', `nothing was changed: ${result.problem}`);
  session.answer({ name, lostSince: backup.at, setAside: result.setAside ?? [] }, () => {
    const kept = (result.setAside ?? []).map((file) => `  ${join(dataDir, file)}\n`).join('');
    const since = `What was changed after ${renderTime(backup.at)} (${age} ago) is not in it.`;
    return `${name} is in place. ${since}\n${kept === '' ? '' : `What was there before is kept:\n${kept}`}`;
  });
}

async function awaitResult(path: string, at: number): Promise<RestoreResult> {
  for (let waited = 0; waited < restoreWaitMs; waited += 200) {
    try {
      const result = JSON.parse(readFileSync(path, 'utf8')) as RestoreResult;
      if (result.at === at) return result;
    } catch {
      // Not written yet, or of an older request.
    }
    await delay(200);
  }
  throw new AppError('timeout', 'the daemon did not put the copy in place', {
    data: { hint: `'systemctl status ${unit}' and 'journalctl -u croft' tell why` },
  });
}
