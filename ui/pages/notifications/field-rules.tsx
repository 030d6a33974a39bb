// What a notification must be about: fields with values or patterns, as many as one likes.
import Plus from 'lucide-solid/icons/plus';
import Trash from 'lucide-solid/icons/trash';
import { createUniqueId, For, Index, Show } from 'solid-js';
import { Button, IconButton } from '../../components/button.tsx';
import type { FieldRule } from '../../forms/notification-matcher.ts';
import { t } from '../../i18n/index.ts';
import type { FieldValue } from './notification-data.ts';
import { fieldName, valueNames } from './notification-words.ts';

const fieldNames = ['type', 'hostname', 'job-id'] as const;

export function FieldRules(props: {
  rules: readonly FieldRule[];
  onRules: (rules: readonly FieldRule[]) => void;
  /** What the fields can hold, as far as it is known. */
  known: readonly FieldValue[];
  error: string | undefined;
}) {
  const id = createUniqueId();
  const change = (at: number, part: Partial<FieldRule>) =>
    props.onRules(props.rules.map((one, i) => (i === at ? { ...one, ...part } : one)));
  const namesFor = (own: string) => [...new Set<string>([...fieldNames, own])];
  return (
    <fieldset class="flex min-w-0 flex-col gap-2">
      <legend class="mb-1.5 text-sm font-medium">{t('notify.fields')}</legend>
      <Index each={props.rules}>
        {(rule, at) => (
          <div class="flex flex-wrap items-center gap-2 sm:flex-nowrap">
            <select
              class="control field-box w-auto pe-2"
              aria-label={t('notify.field', { number: at + 1 })}
              onChange={(event) => change(at, { field: event.currentTarget.value })}
            >
              <For each={namesFor(rule().field)}>
                {(name) => (
                  <option value={name} selected={name === rule().field}>
                    {fieldName(name)}
                  </option>
                )}
              </For>
            </select>
            <select
              class="control field-box w-auto pe-2"
              aria-label={t('notify.kind', { number: at + 1 })}
              onChange={(event) => change(at, { kind: event.currentTarget.value as FieldRule['kind'] })}
            >
              <For each={['exact', 'regex'] as const}>
                {(kind) => (
                  <option value={kind} selected={kind === rule().kind}>
                    {t(`notify.kind.${kind}`)}
                  </option>
                )}
              </For>
            </select>
            <input
              type="text"
              class="control field-box min-w-40 flex-1"
              autocomplete="off"
              spellcheck={false}
              autocapitalize="none"
              list={`${id}-${rule().field}`}
              aria-label={t('notify.fieldValue', { number: at + 1 })}
              value={rule().value}
              onInput={(event) => change(at, { value: event.currentTarget.value })}
            />
            <IconButton
              label={t('notify.removeOne', { name: fieldName(rule().field) })}
              onClick={() => props.onRules(props.rules.filter((_, i) => i !== at))}
            >
              <Trash size={16} />
            </IconButton>
          </div>
        )}
      </Index>
      <For each={fieldNames}>
        {(field) => (
          <datalist id={`${id}-${field}`}>
            <For each={props.known.filter((one) => one.field === field)}>
              {({ value, comment }) => <option value={value}>{comment || valueNames(field, value)}</option>}
            </For>
          </datalist>
        )}
      </For>
      <Show when={props.error}>
        <p class="text-sm text-bad" role="alert">
          {props.error}
        </p>
      </Show>
      <div>
        <Button
          icon={<Plus size={15} />}
          onClick={() => props.onRules([...props.rules, { kind: 'exact', field: 'type', value: '' }])}
        >
          {t('notify.addField')}
        </Button>
      </div>
      <Show when={props.rules.some(({ kind }) => kind === 'exact')}>
        <p class="text-xs text-muted">{t('notify.fieldsHint')}</p>
      </Show>
    </fieldset>
  );
}
