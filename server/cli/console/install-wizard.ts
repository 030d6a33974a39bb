// The installation on the text console: asks, lets the daemon check, has the erasure confirmed, follows the task.
import { type AnswerFile, renderAnswerFile } from '../../contract/answer-file.ts';
import type { InstallCheck, MachineFactsReply } from '../../contract/appliance.ts';
import { AppError } from '../../core/errors.ts';
import { printable } from '../render.ts';
import {
  chosenDisks,
  describeFields,
  type InstallFields,
  installQuestions,
  toAnswerFile,
} from './install-questions.ts';
import { askAll, cancelled, type Question, type Talk } from './questions.ts';

/** What the dialogue needs of the daemon and the machine. */
export interface InstallParts {
  readonly talk: Talk;
  facts(): Promise<MachineFactsReply>;
  /** Would it work? `answers` is the text of an answer file: secret. */
  check(answers: string): Promise<InstallCheck>;
  /** Installs and waits for the end. Rejects when it failed. */
  install(answers: string, confirm: string): Promise<void>;
  reboot(): Promise<void>;
}

/** Runs the dialogue to its end. Rejects with `cancelled` when the input ends, `unavailable` when no disk can be used. */
export async function runInstallWizard(parts: InstallParts): Promise<void> {
  const { talk } = parts;
  const facts = await parts.facts();
  if (!facts.disks.some(({ problem }) => problem === undefined)) throw noDisk(facts);
  if (facts.nics.length === 0)
    throw new AppError('unavailable', 'this machine has no network card that Croft knows');
  talk.say(
    "Enter takes what is in brackets, '<' goes back, Ctrl+C ends. Nothing is written before the last question.",
  );

  const questions = installQuestions(facts);
  let fields = await askAll<InstallFields>(questions, {}, talk);
  for (;;) {
    const answers = toAnswerFile(fields);
    const checked = await parts.check(renderAnswerFile(answers));
    if (checked.problems.length > 0) {
      fields = await correct(questions, fields, checked.problems, talk);
      continue;
    }
    const decision = await confirm(fields, checked, talk);
    if (decision === 'again') {
      fields = await askAll<InstallFields>(questions, fields, talk);
      continue;
    }
    await install(parts, answers, decision);
    return;
  }
}

/** Asks again what the installer does not accept; when nothing of it was asked, everything. */
async function correct(
  questions: readonly Question<InstallFields>[],
  fields: InstallFields,
  problems: InstallCheck['problems'],
  talk: Talk,
): Promise<InstallFields> {
  talk.say('');
  talk.say('This would not work:');
  for (const { key, message } of problems) talk.say(printable(`  ${key}: ${message}`));
  const named = questions.filter(({ key, when }) => {
    const asked = when?.(fields) ?? true;
    return asked && problems.some((problem) => key === problem.key || key.startsWith(`${problem.key}-`));
  });
  return askAll(named.length > 0 ? named : questions, fields, talk);
}

/** The names of the disks as they were typed, or `again` to go through the questions once more. */
async function confirm(fields: InstallFields, checked: InstallCheck, talk: Talk): Promise<string> {
  const names = chosenDisks(fields).map(({ name }) => name);
  talk.say('');
  talk.say('To be installed:');
  for (const line of describeFields(fields)) talk.say(line);
  talk.say('');
  for (const line of checked.destroys) talk.say(printable(`  ! ${line}`));
  for (const line of checked.warnings) talk.say(printable(`  note: ${line}`));
  talk.say('');
  const word = fields.keepGuests ? 'install on' : 'erase';
  for (;;) {
    const typed = await talk.ask(
      `Type ${names.join(',')} to ${word} ${names.length > 1 ? 'these disks' : 'this disk'}, < to change something`,
    );
    if (typed === undefined) throw cancelled();
    if (typed === '<') return 'again';
    if (typed.split(/[\s,]+/).join(',') === names.join(',')) return names.join(',');
    talk.say('That is not what stands there. Nothing was written.');
  }
}

async function install(parts: InstallParts, answers: AnswerFile, names: string): Promise<void> {
  const { talk } = parts;
  talk.say('');
  await parts.install(renderAnswerFile(answers), names);
  talk.say('');
  talk.say('Croft is installed. Take the medium out, then press Enter to reboot.');
  // At the end of the input nobody is there to have taken it out.
  if ((await talk.ask('Reboot')) === undefined) return;
  await parts.reboot();
}

function noDisk(facts: MachineFactsReply): AppError {
  const reasons = facts.disks.map(({ name, problem = '' }) => `${name}: ${printable(problem)}`);
  return new AppError(
    'unavailable',
    reasons.length === 0 ? 'there is no disk to install on' : `no disk can be used. ${reasons.join('; ')}`,
  );
}
