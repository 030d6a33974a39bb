// The machine's name, its place in the world, and who may log in.
import { createMemo, Show } from 'solid-js';
import { CheckField, SelectField, TextArea, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import type { InstallForm } from '../../forms/install.ts';
import { installLanguages, keyboardChoices, timeZones } from '../../forms/install-start.ts';
import { passwordStrength } from '../../forms/password-strength.ts';
import { offeredZones } from '../../forms/time-zones.ts';
import { t, tOr } from '../../i18n/index.ts';
import type { InstallDraft } from './draft.ts';
import { Kept, SectionProblems } from './section-problems.tsx';

export function AccessSection(props: { draft: InstallDraft }) {
  const { form, facts, set, touch, problem } = props.draft;
  const zones = createMemo(() =>
    timeZones(facts(), offeredZones(Intl.supportedValuesOf('timeZone'), form.timezone)),
  );
  const text = (field: 'hostname' | 'password' | 'passwordAgain') => ({
    get value() {
      return form[field];
    },
    onValue: (value: string) => set({ [field]: value } as Partial<InstallForm>),
    onBlur: () => touch(field),
    get error() {
      return problem(field);
    },
  });
  return (
    <>
      <SectionProblems draft={props.draft} step="access" />
      <Show when={!form.keepGuests} fallback={<Kept text={t('install.kept.name')} />}>
        <Panel title={t('install.name.title')}>
          <div class="grid items-start gap-4 sm:grid-cols-2">
            <TextField
              label={t('install.name.hostname')}
              hint={t('install.name.hostnameHint')}
              autocapitalize="none"
              {...text('hostname')}
            />
            <SelectField
              label={t('install.name.timezone')}
              value={form.timezone}
              onValue={(timezone) => set({ timezone })}
              error={problem('timezone')}
              choices={zones().map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))}
            />
            <SelectField
              label={t('install.name.keyboard')}
              value={form.keyboard}
              onValue={(keyboard) => set({ keyboard })}
              error={problem('keyboard')}
              choices={keyboardChoices(facts()).map((one) => ({
                value: one,
                label: tOr(`keyboard.${one}`, one),
              }))}
            />
            <SelectField
              label={t('install.name.language')}
              value={form.language}
              onValue={(language) => set({ language })}
              error={problem('language')}
              choices={installLanguages.map((one) => ({ value: one, label: t(`language.${one}`) }))}
            />
          </div>
        </Panel>
      </Show>
      <Panel title={t('install.access.title')}>
        <div class="flex flex-col gap-4">
          <div class="grid items-start gap-4 sm:grid-cols-2">
            <div class="flex min-w-0 flex-col gap-1.5">
              <TextField
                label={t('install.access.password')}
                type="password"
                autocomplete="new-password"
                {...text('password')}
              />
              <Strength password={form.password} kept={form.keepGuests} />
            </div>
            <TextField
              label={t('install.access.passwordAgain')}
              type="password"
              autocomplete="new-password"
              {...text('passwordAgain')}
            />
          </div>
          <TextArea
            label={t('install.access.sshKeys')}
            hint={t('install.access.sshKeysHint')}
            value={form.sshKeys}
            onValue={(sshKeys) => {
              set({ sshKeys });
              // Keys are pasted, not typed: a wrong one is told at once.
              touch('sshKeys');
            }}
            error={problem('sshKeys')}
            rows={3}
          />
          <Show when={!form.keepGuests}>
            <CheckField
              label={t('install.access.sshPassword')}
              hint={t('install.access.sshPasswordHint')}
              checked={form.sshPasswordLogin}
              onValue={(sshPasswordLogin) => set({ sshPasswordLogin })}
            />
          </Show>
        </div>
      </Panel>
    </>
  );
}

const strengthLook = {
  weak: { bars: 1, fill: 'bg-bad', ink: 'text-bad' },
  fair: { bars: 2, fill: 'bg-warn', ink: 'text-warn' },
  good: { bars: 3, fill: 'bg-ok', ink: 'text-ok' },
} as const;

function Strength(props: { password: string; kept: boolean }) {
  const strength = () => passwordStrength(props.password);
  return (
    <Show
      when={strength()}
      fallback={
        <p class="text-xs text-muted">
          {t(props.kept ? 'install.access.passwordKept' : 'install.access.passwordHint')}
        </p>
      }
    >
      {(word) => (
        <div class="flex items-center gap-2 text-xs" role="status">
          <span class="flex w-24 gap-1" aria-hidden="true">
            {[1, 2, 3].map((bar) => (
              <span
                class={`h-1 flex-1 rounded-full ${bar <= strengthLook[word()].bars ? strengthLook[word()].fill : 'bg-line'}`}
              />
            ))}
          </span>
          <span class={strengthLook[word()].ink}>{t(`install.strength.${word()}`)}</span>
        </div>
      )}
    </Show>
  );
}
