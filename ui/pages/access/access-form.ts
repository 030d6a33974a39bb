// Forms of the pages about access: what is wrong with an entry is told in their words.
import { t } from '../../i18n/index.ts';
import { type CheckedForm, createCheckedForm } from '../guest/checked-form.ts';
import type { AccessProblem } from './access-problems.ts';

export function createAccessForm<F extends object>(
  initial: F,
  problemsOf: (form: F) => Readonly<Partial<Record<keyof F & string, AccessProblem | undefined>>>,
): CheckedForm<F> {
  return createCheckedForm(initial, problemsOf, (word) =>
    word === undefined ? undefined : t(`access.problem.${word as AccessProblem}`),
  );
}
