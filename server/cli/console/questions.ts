// Asks questions one after the other: answers are checked at once and asked again, `<` goes back. Pure but for `Talk`.
import { AppError } from '../../core/errors.ts';

export interface AskOptions {
  /** Not shown while it is typed. */
  readonly secret?: boolean;
  /** Taken when nothing is typed. */
  readonly default?: string | undefined;
  /** After this time the answer is undefined. */
  readonly timeoutMs?: number;
}

/** The other side: a terminal, or a script of a test. */
export interface Talk {
  /** What was typed, without blanks around it unless secret; undefined at the end of the input. */
  ask(question: string, options?: AskOptions): Promise<string | undefined>;
  say(line: string): void;
}

export interface Question<Answers> {
  /** Its name; the installer's problems are named so too, `system.hostname`. */
  readonly key: string;
  /** Asked only then; without it, always. */
  readonly when?: (answers: Answers) => boolean;
  /** Lines above the question. */
  readonly intro?: (answers: Answers) => readonly string[];
  readonly text: string;
  readonly default?: (answers: Answers) => string | undefined;
  readonly secret?: boolean;
  /** The answers with this one among them, or what is wrong with it as a sentence. */
  readonly take: (typed: string, answers: Answers) => Answers | string;
  /** A wrong answer goes back to the question before: it may have been that one. */
  readonly backWhenWrong?: boolean;
}

/**
 * Asks all that apply, from the question `from` on. Rejects with `cancelled` when the input ends. Answers are never kept
 * from a question that was gone back over.
 */
export async function askAll<Answers extends object>(
  questions: readonly Question<Answers>[],
  start: Answers,
  talk: Talk,
): Promise<Answers> {
  const before: { at: number; answers: Answers }[] = [];
  let answers = start;
  let at = 0;
  for (;;) {
    const question = questions[at];
    if (!question) return answers;
    if (question.when && !question.when(answers)) {
      at += 1;
      continue;
    }
    for (const line of question.intro?.(answers) ?? []) talk.say(line);
    const typed = await talk.ask(question.text, {
      secret: question.secret === true,
      default: question.default?.(answers),
    });
    if (typed === undefined) throw cancelled();
    const last = before.at(-1);
    if (typed === '<') {
      if (!last) talk.say('This is the first question. Ctrl+C ends.');
      else ({ at, answers } = before.pop() ?? last);
      continue;
    }
    const taken = question.take(typed, answers);
    if (typeof taken === 'string') {
      talk.say(`${taken}`);
      if (question.backWhenWrong && last) ({ at, answers } = before.pop() ?? last);
      continue;
    }
    before.push({ at, answers });
    answers = taken;
    at += 1;
  }
}

/** Asks for one of some words; anything else is asked again. Rejects with `cancelled` at the end of the input. */
export async function askYesNo(talk: Talk, question: string): Promise<boolean> {
  for (;;) {
    const typed = await talk.ask(`${question} (yes or no)`);
    if (typed === undefined) throw cancelled();
    const answer = readYesNo(typed);
    if (answer !== undefined) return answer;
    talk.say('Type yes or no.');
  }
}

/** `yes`, `y`, `no`, `n`; undefined for anything else. */
export function readYesNo(typed: string): boolean | undefined {
  if (/^y(es)?$/i.test(typed)) return true;
  return /^no?$/i.test(typed) ? false : undefined;
}

/** The error of a dialogue that was ended before anything was done. */
export function cancelled(): AppError {
  return new AppError('cancelled', 'nothing was changed');
}
