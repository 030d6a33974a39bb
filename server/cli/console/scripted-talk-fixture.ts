// A dialogue by script: answers in order, then the end of the input. For tests.
import type { AskOptions, Talk } from './questions.ts';

export class ScriptedTalk implements Talk {
  readonly asked: { question: string; secret: boolean }[] = [];
  readonly #typed: (string | undefined)[];
  text = '';

  constructor(typed: readonly (string | undefined)[]) {
    this.#typed = [...typed];
  }

  /** Answers that were not asked for. */
  get left(): readonly (string | undefined)[] {
    return this.#typed;
  }

  async ask(question: string, options: AskOptions = {}): Promise<string | undefined> {
    this.asked.push({ question, secret: options.secret === true });
    this.text += `${question}: \n`;
    const typed = this.#typed.shift();
    return typed === '' ? (options.default ?? '') : typed;
  }

  say(line: string): void {
    this.text += `${line}\n`;
  }
}
