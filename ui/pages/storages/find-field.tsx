// A line of text that can be filled by looking what there is: a button, then what was found to choose from.
import Search from 'lucide-solid/icons/search';
import { createEffect, createMemo, createSignal, on, Show } from 'solid-js';
import type { ApiError } from '../../api/errors.ts';
import { Button } from '../../components/button.tsx';
import { errorText } from '../../components/error-note.tsx';
import { type Choice, SelectField, TextField } from '../../components/field.tsx';
import { createSubmission } from '../../components/submission.ts';
import { asSentence } from '../../format/show.ts';
import type { StorageForm } from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';
import type { Finder } from './finders.ts';
import { optionName } from './storage-words.ts';

/** What was said of a field says more than that something is wrong. */
function said(error: ApiError): string {
  return Object.values(error.fields)[0] ?? errorText(error);
}

export function FindField(props: {
  finder: Finder;
  node: string;
  form: StorageForm;
  label: string;
  hint: string;
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
}) {
  const [found, setFound] = createSignal<readonly Choice[]>();
  const look = createSubmission(async () => {
    setFound(undefined);
    setFound(await props.finder.find(props.node, props.form));
  });
  const asked = createMemo(() => props.finder.needs.map((name) => props.form.values[name] ?? '').join('\n'));
  // What was found elsewhere is nothing to choose from here.
  createEffect(
    on(
      asked,
      () => {
        setFound(undefined);
        look.forget();
      },
      { defer: true },
    ),
  );
  const lacks = () => props.finder.needs.find((name) => (props.form.values[name] ?? '').trim() === '');
  const reason = () => {
    const missing = lacks();
    if (missing !== undefined) return t('storageFind.needs', { what: optionName({ name: missing }) });
    return props.node === '' ? t('storageFind.noNode') : undefined;
  };
  return (
    <div class="flex min-w-0 flex-col gap-2 sm:col-span-6">
      <div class="flex flex-wrap items-end gap-2">
        <TextField
          class="min-w-48 flex-1"
          label={props.label}
          value={props.value}
          onValue={props.onValue}
          error={props.error}
          autocapitalize="none"
        />
        <Button
          icon={<Search size={15} />}
          busy={look.busy()}
          reason={reason()}
          aria-label={t('storageFind.lookFor', { what: props.label })}
          onClick={() => void look.submit()}
        >
          {t('storageFind.look')}
        </Button>
      </div>
      <Show when={props.hint !== ''}>
        <p class="text-xs text-muted">{props.hint}</p>
      </Show>
      <div aria-live="polite" class="empty:hidden">
        <Show when={look.error()}>
          {(error) => <p class="text-sm break-words text-bad">{asSentence(said(error()))}</p>}
        </Show>
        <Show when={found()}>
          {(list) => (
            <Show
              when={list().length > 0}
              fallback={<p class="text-sm text-muted">{t('storageFind.nothing')}</p>}
            >
              <SelectField
                label={t('storageFind.found', { what: props.label })}
                none={t('storageFind.choose')}
                choices={list()}
                value={list().some((one) => one.value === props.value) ? props.value : ''}
                onValue={(value) => value !== '' && props.onValue(value)}
              />
            </Show>
          )}
        </Show>
      </div>
    </div>
  );
}
