// Several to choose from a list, each with a check mark; a long list has a filter.
import { createMemo, createSignal, createUniqueId, For, Show } from 'solid-js';
import { t } from '../i18n/index.ts';

export interface CheckChoice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

interface CheckListProps {
  label: string;
  hint?: string | undefined;
  choices: readonly CheckChoice[];
  chosen: readonly string[];
  onChosen: (chosen: readonly string[]) => void;
  /** Said where there is nothing to choose from. */
  empty: string;
}

/** From here on a filter helps. */
const longList = 9;

export function CheckList(props: CheckListProps) {
  const id = createUniqueId();
  const [filter, setFilter] = createSignal('');
  const shown = createMemo(() => {
    const word = filter().trim().toLowerCase();
    return props.choices.filter((one) => `${one.label} ${one.hint ?? ''}`.toLowerCase().includes(word));
  });
  const toggle = (value: string, on: boolean) =>
    props.onChosen(on ? [...props.chosen, value] : props.chosen.filter((one) => one !== value));
  return (
    <fieldset class="flex min-w-0 flex-col gap-1" aria-describedby={props.hint ? `${id}-hint` : undefined}>
      <legend class="mb-1 text-sm font-medium">{props.label}</legend>
      <Show when={props.choices.length >= longList}>
        <input
          type="search"
          class="control field-box text-sm"
          placeholder={t('checkList.filter')}
          aria-label={t('checkList.filterOf', { what: props.label })}
          value={filter()}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </Show>
      <div class="max-h-52 overflow-y-auto rounded-md border border-line px-3 py-1.5">
        <For
          each={shown()}
          fallback={
            <p class="py-1 text-sm text-muted">
              {props.choices.length === 0 ? props.empty : t('checkList.noMatch')}
            </p>
          }
        >
          {(choice) => (
            <label class="flex items-start gap-2.5 py-1 text-sm pointer-coarse:py-2.5">
              <input
                type="checkbox"
                class="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:mt-0 pointer-coarse:size-5"
                checked={props.chosen.includes(choice.value)}
                onChange={(event) => toggle(choice.value, event.currentTarget.checked)}
              />
              <span class="min-w-0 break-words">
                {choice.label} <span class="text-muted">{choice.hint}</span>
              </span>
            </label>
          )}
        </For>
      </div>
      <Show when={props.hint}>
        <p id={`${id}-hint`} class="text-xs text-muted">
          {props.hint}
        </p>
      </Show>
    </fieldset>
  );
}
