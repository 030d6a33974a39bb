// A secret among options: its place is marked by `-`, it itself is never an argument, which every user of the machine can see.
import { invalidInput } from '../core/errors.ts';
import type { Session } from './session.ts';

/** Asks for it, or reads it from standard input. `invalid-input` naming the option unless it was given as `-`. */
export async function askedSecret(
  session: Session,
  option: string,
  given: string | string[],
  question: string,
): Promise<string> {
  if (given !== '-')
    throw invalidInput({
      [option]:
        "write '-': passwords are asked for, or read from standard input, as arguments are seen by all",
    });
  return session.secret(question);
}
