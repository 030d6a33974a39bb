// A field for SSH public keys: a text of one key a line, below it what each line is, and the user's own keys to pick from.
import KeyRound from 'lucide-solid/icons/key-round';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, For, Show } from 'solid-js';
import { createOwnSshKeys } from '../../api/ssh-keys.ts';
import { CheckList } from '../../components/check-list.tsx';
import { TextArea } from '../../components/field.tsx';
import { hasSshKey, lookAtSshKeys, type SshKey, withSshKey } from '../../forms/ssh-keys.ts';
import { t } from '../../i18n/index.ts';
import { problemText } from './problem-text.ts';

interface SshKeysFieldProps {
  label: string;
  hint?: string | undefined;
  value: string;
  onValue: (value: string) => void;
  /** What is wrong with the whole of it. */
  error: string | undefined;
  rows?: number;
  /** Lines that were there before, whatever they are. */
  kept?: readonly string[];
  class?: string;
}

/** With the user's library below. */
export function SshKeysField(props: SshKeysFieldProps) {
  return (
    <div class={`flex min-w-0 flex-col gap-2 ${props.class ?? ''}`}>
      <SshKeysText {...props} class="" />
      <Library value={props.value} onValue={props.onValue} />
    </div>
  );
}

/** Those that can be told from others by a word come first to mind: names, then comments. */
function Library(props: Pick<SshKeysFieldProps, 'value' | 'onValue'>) {
  const library = createOwnSshKeys();
  const keys = () => library.data() ?? [];
  const chosen = createMemo(() =>
    keys()
      .filter(({ key }) => hasSshKey(props.value, key))
      .map(({ name }) => name),
  );
  function choose(names: readonly string[]): void {
    let text = props.value;
    for (const { name, key } of keys())
      if (names.includes(name) !== chosen().includes(name))
        text = withSshKey(text, key, names.includes(name));
    props.onValue(text);
  }
  return (
    <Show
      when={keys().length > 0}
      fallback={
        <Show when={library.data()}>
          <p class="text-xs text-muted">
            {t('sshKeys.emptyLibrary')} {/* Beside the dialog, which keeps what was entered. */}
            <a href="/account" target="_blank" rel="noopener" class="underline underline-offset-2">
              {t('account.title')}
            </a>
          </p>
        </Show>
      }
    >
      <CheckList
        label={t('sshKeys.library')}
        choices={keys().map(({ name, comment }) => ({
          value: name,
          label: name,
          hint: comment === name ? '' : comment,
        }))}
        chosen={chosen()}
        onChosen={choose}
        empty={t('sshKeys.none')}
      />
    </Show>
  );
}

export function SshKeysText(props: SshKeysFieldProps) {
  const keys = createMemo(() => lookAtSshKeys(props.value, props.kept));
  return (
    <div class={`flex min-w-0 flex-col gap-2 ${props.class ?? ''}`}>
      <TextArea
        label={props.label}
        hint={props.hint}
        value={props.value}
        onValue={props.onValue}
        error={props.error}
        rows={props.rows ?? 5}
        mono
      />
      <Show when={keys().length > 0}>
        <ul class="flex flex-col gap-1" aria-label={t('sshKeys.lines')}>
          <For each={keys()}>{(key) => <KeyLine sshKey={key} />}</For>
        </ul>
      </Show>
    </div>
  );
}

function KeyLine(props: { sshKey: SshKey }) {
  const key = () => props.sshKey;
  return (
    <li class="flex min-w-0 items-start gap-2 text-xs">
      <Show
        when={key().problem}
        fallback={
          <>
            <KeyRound size={13} class="mt-0.5 shrink-0 text-ok" />
            <span class="min-w-0 [overflow-wrap:anywhere]">
              <Show when={key().type !== ''} fallback={<span class="font-mono">{key().line}</span>}>
                <KeyText sshKey={key()} />
              </Show>
            </span>
          </>
        }
      >
        {(problem) => (
          <>
            <TriangleAlert size={13} class="mt-0.5 shrink-0 text-bad" />
            <span class="min-w-0 [overflow-wrap:anywhere]">
              <span class="line-clamp-1 font-mono">{key().line}</span>
              <span class="text-bad">{problemText(problem())}</span>
            </span>
          </>
        )}
      </Show>
    </li>
  );
}

/** Its type, its end, by which people know it, and its comment. */
function KeyText(props: { sshKey: Pick<SshKey, 'type' | 'body' | 'comment'> }) {
  return (
    <>
      <span class="font-mono">{props.sshKey.type}</span>{' '}
      <span class="font-mono text-muted">…{props.sshKey.body.slice(-12)}</span> {props.sshKey.comment}
    </>
  );
}
