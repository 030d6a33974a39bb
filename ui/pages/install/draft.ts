// What is entered on the install page, what is wrong with it by our and by the daemon's word, and when to say so.
import { createMemo, createSignal } from 'solid-js';
import { createStore } from 'solid-js/store';
import { renderAnswerFile } from '../../../server/contract/answer-file.ts';
import type { InstallCheck, MachineFactsReply } from '../../../server/contract/appliance.ts';
import { api } from '../../api/client.ts';
import { type ApiError, asApiError } from '../../api/errors.ts';
import {
  answersOf,
  checkForm,
  type InstallForm,
  type InstallSection,
  installSections,
  sectionOf,
} from '../../forms/install.ts';
import { fieldOfKey, sameForm, sectionOfKey, standing } from '../../forms/install-problems.ts';
import { startForm } from '../../forms/install-start.ts';
import { t } from '../../i18n/index.ts';

export type InstallStep = InstallSection | 'review';
export const installSteps: readonly InstallStep[] = [...installSections, 'review'];

export type InstallDraft = ReturnType<typeof createDraft>;

/** `facts` may be read again meanwhile; what was entered stays. */
export function createDraft(node: string, facts: () => MachineFactsReply) {
  const [form, setForm] = createStore<InstallForm>(
    startForm(facts(), {
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      language: navigator.language,
    }),
  );
  const [touched, setTouched] = createSignal<ReadonlySet<string>>(new Set());
  const [checked, setChecked] = createSignal<{ readonly form: InstallForm; readonly reply: InstallCheck }>();
  const [error, setError] = createSignal<ApiError>();
  const [busy, setBusy] = createSignal(false);
  let asked = 0;

  const own = createMemo(() => checkForm(form, facts()));
  const theirs = createMemo(() => {
    const last = checked();
    return last ? standing(last.reply.problems, last.form, form) : [];
  });
  const answers = () => answersOf(form, facts());
  const touch = (what: keyof InstallForm | InstallStep) => setTouched((all) => new Set(all).add(what));

  return {
    node,
    form,
    facts,
    set(part: Partial<InstallForm>): void {
      setForm(part);
    },
    /** A field or a whole section was left: from now on its problems are told. */
    touch,
    visited: (step: InstallStep) => touched().has(step),
    /** What is wrong with a field, in words. */
    problem(field: keyof InstallForm): string | undefined {
      const kind = own()[field];
      if (kind !== undefined)
        return touched().has(field) || touched().has(sectionOf[field])
          ? t(`install.problem.${kind}`)
          : undefined;
      return theirs().find((one) => fieldOfKey(one.key) === field)?.message;
    },
    /** The daemon's problems of a section that belong to none of its fields. */
    others: (step: InstallStep) =>
      theirs().filter((one) => fieldOfKey(one.key) === undefined && sectionOfKey(one.key) === step),
    /** How many problems a section has, told or not. */
    count(step: InstallStep): number {
      const ours = Object.keys(own()).filter((field) => sectionOf[field as keyof InstallForm] === step);
      return ours.length + theirs().filter((one) => sectionOfKey(one.key) === step).length;
    },
    /** What our own rules find wrong in a section, told whether it was visited or not. */
    missing: (step: InstallStep) =>
      Object.entries(own())
        .map(([field, kind]) => ({ field: field as keyof InstallForm, text: t(`install.problem.${kind}`) }))
        .filter(({ field }) => sectionOf[field] === step),
    ready: () => Object.keys(own()).length === 0,
    /** The daemon's word on exactly what stands in the form now; undefined before it was asked. */
    verdict(): InstallCheck | undefined {
      const last = checked();
      return last && sameForm(last.form, form) ? last.reply : undefined;
    },
    checking: busy,
    error,
    /** The file with the password, for the daemon. */
    answerFile: () => renderAnswerFile(answers()),
    /** The same for people to look at and copy. */
    shownAnswerFile(): string {
      const fields = answers();
      const password = fields.system?.password === undefined ? undefined : '…';
      return renderAnswerFile({ ...fields, system: { ...fields.system, password } });
    },
    async check(): Promise<void> {
      const snapshot = { ...form };
      asked += 1;
      const turn = asked;
      setBusy(true);
      setError(undefined);
      try {
        const reply = await api('POST /nodes/{node}/appliance/check', {
          node,
          answers: renderAnswerFile(answersOf(snapshot, facts())),
        });
        if (turn === asked) setChecked({ form: snapshot, reply });
      } catch (thrown) {
        if (turn === asked) setError(asApiError(thrown));
      } finally {
        if (turn === asked) setBusy(false);
      }
    },
  };
}
