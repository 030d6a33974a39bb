// What went wrong, beside the thing that failed: what happened, whether something changed, what to do.
import AlertTriangle from 'lucide-solid/icons/triangle-alert';
import { For, Show } from 'solid-js';
import { type ApiError, asApiError } from '../api/errors.ts';
import { asSentence } from '../format/show.ts';
import { t, tOr } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { type Missing, missingPrivilege } from './missing-privilege.ts';

/** The sentence for an error. */
export function errorText(thrown: unknown): string {
  const error = asApiError(thrown);
  if (error.unreachable && error.message === '') return t('error.unreachable');
  if (error.message.startsWith('Parameter verification failed') && Object.keys(error.fields).length > 0)
    return t('error.invalid');
  if (!isForbidden(error)) return error.message;
  const missing = missingPrivilege(error.message);
  if (missing === undefined) {
    if (!error.message.startsWith('Permission check failed')) return error.message;
    return t(error.message.includes('only root@pam') ? 'error.onlyRoot' : 'error.refused');
  }
  const values = { path: missing.path, privilege: missing.privileges.join(', ') };
  if (missing.privileges.length === 1) return t('error.missing', values);
  return t(missing.anyOf ? 'error.missingAny' : 'error.missingAll', values);
}

/** A value that nobody may have is refused at its field: no privilege would help. */
function isForbidden(error: ApiError): boolean {
  return error.status === 403 && Object.keys(error.fields).length === 0;
}

const missingIn = (error: ApiError): Missing | undefined =>
  isForbidden(error) ? missingPrivilege(error.message) : undefined;

interface ErrorNoteProps {
  error: unknown;
  /** What could not be done, where the page does not say it. */
  title?: string;
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
        <div
          role="alert"
          class={`flex gap-3 rounded-md bg-bad-soft px-3.5 py-2.5 text-sm ${props.retry ? 'items-center' : ''}`}
        >
          {/* Level with the button when it is one line, and from the top when there are more. */}
          <div class="flex min-w-0 flex-1 gap-3">
            <span class="pt-0.5 text-bad">
              <AlertTriangle size={16} aria-hidden="true" />
            </span>
            <div class="flex min-w-0 flex-1 flex-col gap-1">
              <Show when={props.title}>
                <p class="font-medium">{props.title}</p>
              </Show>
              <p class={`break-words ${props.title ? '' : 'font-medium'}`}>
                {asSentence(errorText(error()))}
              </p>
              <For each={fields(error())}>
                {([name, text]) => (
                  <p class="break-words">
                    <code class="font-mono">{name}</code>: {text}
                  </p>
                )}
              </For>
              <Show when={missingIn(error())}>
                {(missing) => (
                  <>
                    <For each={missing().privileges}>{(one) => <Meaning privilege={one} />}</For>
                    <p class="text-muted">{t('error.forbidden')}</p>
                  </>
                )}
              </Show>
              <Show when={error().unreachable}>
                <p class="text-muted">{t('error.unknownOutcome')}</p>
              </Show>
            </div>
          </div>
          <Show when={props.retry}>
            {(retry) => (
              <Button class="self-start" onClick={() => retry()()}>
                {t('common.retry')}
              </Button>
            )}
          </Show>
        </div>
      )}
    </Show>
  );
}

/** What a privilege is for, once the words of pages are there. */
function Meaning(props: { privilege: string }) {
  return (
    <Show when={tOr(`privilege.${props.privilege}`, '')}>
      {(text) => (
        <p class="break-words text-muted">
          <code class="font-mono">{props.privilege}</code>: {text()}
        </p>
      )}
    </Show>
  );
}
