// `croft installer`: check an answer file, see the disks, install.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { AnswerProblem, InstallCheck, MachineFactsReply } from '../contract/appliance.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import { finish } from './follow-task.ts';
import type { Io } from './io.ts';
import { printable, renderBytes, renderPairs, renderTable } from './render.ts';
import type { Session } from './session.ts';

/** What an answer file says, told without a daemon. */
export interface AnswersVerdict {
  readonly problems: readonly AnswerProblem[];
  readonly summary: readonly (readonly [string, string])[];
  /** Paths of the disks, as written. */
  readonly devices: readonly string[];
}

export interface InstallerParts {
  /** Reads the text of an answer file; offline, never rejects. */
  readonly checkAnswers: (text: string) => AnswersVerdict | Promise<AnswersVerdict>;
}

interface RunOptions {
  readonly answers: string;
  readonly confirm?: string;
}

/** Adds the group `installer`. `check` works on any machine: it asks no daemon. */
export function addInstallerCommands(
  program: Command,
  io: Io,
  session: () => Session,
  parts: InstallerParts,
): void {
  const group = program.command('installer').description('put Croft on the disks of this machine');
  group
    .command('check')
    .description('look for mistakes in an answer file; needs no daemon')
    .argument('<file>', "TOML; '-' reads standard input")
    .action((file: string) => checkFile(io, program.opts<{ json?: boolean }>().json === true, file, parts));
  group
    .command('disks')
    .description('the disks of this machine, and what is on them')
    .action(() => listDisks(session()));
  group
    .command('run')
    .description('install; asks for the names of the disks that will be erased')
    .requiredOption('--answers <file>', 'the answer file')
    .option('--confirm <disks>', 'names of the disks, instead of being asked: sda or sda,sdb')
    .action((options: RunOptions) =>
      runInstallation(session(), options, program.opts<{ yes?: boolean }>().yes === true, parts),
    );
}

async function checkFile(io: Io, json: boolean, file: string, parts: InstallerParts): Promise<void> {
  const { problems, summary } = await parts.checkAnswers(await readAnswerFile(io, file));
  const text = problems.length > 0 ? renderProblems(file, problems) : renderPairs(summary);
  io.stdout.write(json ? `${JSON.stringify({ problems, summary: Object.fromEntries(summary) })}\n` : text);
  failOn(file, problems);
}

async function listDisks(session: Session): Promise<void> {
  const node = await session.node();
  const facts = await machineOf(session, node);
  session.answer(facts.disks, () =>
    renderTable(
      facts.disks,
      [
        { title: 'DISK', value: (disk) => disk.name },
        { title: 'SIZE', value: (disk) => renderBytes(disk.sizeBytes), right: true },
        { title: 'MODEL', value: (disk) => disk.model },
        { title: 'BY', value: (disk) => disk.transport },
        { title: 'CONTENTS', value: contentsOf },
        { title: '', value: (disk) => (disk.problem === undefined ? '' : `not usable: ${disk.problem}`) },
      ],
      { none: 'no disks' },
    ),
  );
}

type Disk = MachineFactsReply['disks'][number];

function contentsOf({ contents, croft }: Disk): string {
  if (croft !== undefined)
    return ['Croft', croft.version, croft.hostname && `of ${croft.hostname}`].filter(Boolean).join(' ');
  const words = new Set(contents.map(({ description }) => description));
  return words.size === 0 ? 'empty' : [...words].join(', ');
}

async function runInstallation(
  session: Session,
  options: RunOptions,
  yes: boolean,
  parts: InstallerParts,
): Promise<void> {
  const { answers: file } = options;
  const answers = await readAnswerFile(session.io, file);
  const { problems, devices } = await parts.checkAnswers(answers);
  refuse(session, file, problems);
  const node = await session.node();
  const base = `/nodes/${encodeURIComponent(node)}/appliance`;
  const check = await session.client.call<InstallCheck>('POST', `${base}/check`, { answers });
  refuse(session, file, check.problems);
  for (const line of [...check.destroys, ...check.warnings]) session.say(printable(line));
  let { confirm } = options;
  if (confirm === undefined) {
    const names = namesOf(devices, await machineOf(session, node));
    confirm = yes ? names : await askNames(session, names);
  }
  const answer = await session.client.call<unknown>('POST', `${base}/install`, { answers, confirm });
  await finish(session, answer);
}

/** The kernel's names of the disks, as they are to be typed: `sda,sdb`. */
function namesOf(devices: readonly string[], facts: MachineFactsReply): string {
  return devices
    .map(
      (device) =>
        facts.disks.find(({ path, ids }) => path === device || ids.includes(device))?.name ?? device,
    )
    .join(',');
}

/** Erasing is no yes-or-no question: the names of the disks are typed. Rejects with `cancelled`. */
async function askNames({ io }: Session, names: string): Promise<string> {
  if (io.stdin.isTTY !== true)
    throw new AppError('invalid-input', 'the names of the disks are needed', {
      data: { hint: `--confirm ${names}, or --yes to take them from the answer file` },
    });
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    // The end of the input is an answer too: readline alone would wait for ever.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const typed = await Promise.race([lines.question(`Type ${names} to go on: `), closed]);
    if (typed.trim() !== names) throw new AppError('cancelled', 'nothing was done');
    return names;
  } finally {
    lines.close();
  }
}

function machineOf(session: Session, node: string): Promise<MachineFactsReply> {
  return session.client.call<MachineFactsReply>(
    'GET',
    `/nodes/${encodeURIComponent(node)}/appliance/machine`,
  );
}

async function readAnswerFile(io: Io, file: string): Promise<string> {
  if (file === '-') return readAll(io.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw invalidInput(
      { file: missing ? `there is no file ${file}` : `${file} cannot be read` },
      'no answers',
    );
  }
}

function refuse(session: Session, file: string, problems: readonly AnswerProblem[]): void {
  if (problems.length > 0) session.io.stderr.write(renderProblems(file, problems));
  failOn(file, problems);
}

/** `answers.toml:7: disk.devices: there is no disk /dev/sdq`, as compilers write it. */
function renderProblems(file: string, problems: readonly AnswerProblem[]): string {
  const name = file === '-' ? 'standard input' : file;
  return problems
    .map(({ key, line, message }) => {
      const place = line > 0 ? `${name}:${line}` : name;
      return `${printable([place, ...(key === '' ? [] : [key]), message].join(': '))}\n`;
    })
    .join('');
}

function failOn(file: string, problems: readonly AnswerProblem[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  throw new AppError('invalid-input', `${count} in ${file === '-' ? 'the answers' : file}`);
}
