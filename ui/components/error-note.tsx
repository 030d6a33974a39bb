// What went wrong, beside the thing that failed: what happened, whether something changed, what to do.
import AlertTriangle from 'lucide-solid/icons/triangle-alert';
import { For, Show } from 'solid-js';
import { type ApiError, asApiError } from '../api/errors.ts';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';

/** The sentence for an error. */
export function errorText(thrown: unknown): string {
  const error = asApiError(thrown);
  if (error.unreachable && error.message === '') return t('error.unreachable');
  return error.message;
}

interface ErrorNoteProps {
  error: unknown;
  retry?: () => void;
  /** Parameters whose errors are shown at their own fields and not again here. */
  shown?: readonly string[];
}

/** Nothing without an error. */
export function ErrorNote(props: ErrorNoteProps) {
  const fields = (error: ApiError) =>
    Object.entries(error.fields).filter(([name]) => !(props.shown ?? []).includes(name));
  return (
    <Show when={props.error === undefined ? undefined : asApiError(props.error)}>
      {(error) => (
        <div role="alert" class="flex gap-3 rounded-md bg-bad-soft px-3.5 py-2.5 text-sm">
          <span class="pt-0.5 text-bad">
            <AlertTriangle size={16} aria-hidden="true" />
          </span>
          <div class="flex min-w-0 flex-1 flex-col gap-1">
            <p class="font-medium break-words">{errorText(error())}</p>
            <For each={fields(error())}>
              {([name, text]) => (
                <p class="break-words">
                  <code class="font-mono">{name}</code>: {text}
                </p>
              )}
            </For>
            {/* A value that nobody may have is refused at its field: no privilege would help. */}
            <Show when={error().status === 403 && Object.keys(error().fields).length === 0}>
              <p class="text-muted">{t('error.forbidden')}</p>
            </Show>
            <Show when={error().unreachable}>
              <p class="text-muted">{t('error.unknownOutcome')}</p>
            </Show>
          </div>
          <Show when={props.retry}>
            {(retry) => <Button onClick={() => retry()()}>{t('common.retry')}</Button>}
          </Show>
        </div>
      )}
    </Show>
  );
}
