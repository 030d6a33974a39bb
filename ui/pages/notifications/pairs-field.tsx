// Names with values, as many as one likes: the headers and the secrets of a request.
import Plus from 'lucide-solid/icons/plus';
import Trash from 'lucide-solid/icons/trash';
import { createUniqueId, Index, Show } from 'solid-js';
import { Button, IconButton } from '../../components/button.tsx';
import type { PairForm } from '../../forms/notification-target.ts';
import { t } from '../../i18n/index.ts';

export function PairsField(props: {
  label: string;
  add: string;
  hint?: string;
  error: string | undefined;
  pairs: readonly PairForm[];
  onPairs: (pairs: readonly PairForm[]) => void;
  /** Values are not to be read over a shoulder. */
  secret?: boolean;
}) {
  const id = createUniqueId();
  const change = (at: number, part: Partial<PairForm>) =>
    props.onPairs(props.pairs.map((one, i) => (i === at ? { ...one, ...part } : one)));
  return (
    <fieldset class="flex min-w-0 flex-col gap-2" aria-describedby={`${id}-hint`}>
      <legend class="mb-1.5 text-sm font-medium">{props.label}</legend>
      <Index each={props.pairs}>
        {(pair, at) => (
          <div class="flex items-center gap-2">
            <input
              type="text"
              class="control field-box w-2/5 font-mono"
              autocomplete="off"
              spellcheck={false}
              autocapitalize="none"
              placeholder={t('notify.name')}
              aria-label={t('notify.nameOf', { what: props.label, number: at + 1 })}
              // Another name would be another secret: its value is not there.
              readonly={pair().kept}
              value={pair().name}
              onInput={(event) => change(at, { name: event.currentTarget.value })}
            />
            <input
              type={props.secret ? 'password' : 'text'}
              class="control field-box min-w-0 flex-1 font-mono"
              autocomplete="off"
              spellcheck={false}
              placeholder={t(pair().kept ? 'notify.unchanged' : 'notify.value')}
              aria-label={t('notify.valueOf', { what: props.label, number: at + 1 })}
              value={pair().value}
              onInput={(event) => change(at, { value: event.currentTarget.value })}
            />
            <IconButton
              label={t('notify.removeOne', { name: pair().name || String(at + 1) })}
              onClick={() => props.onPairs(props.pairs.filter((_, i) => i !== at))}
            >
              <Trash size={16} />
            </IconButton>
          </div>
        )}
      </Index>
      <Show when={props.error}>
        <p class="text-sm text-bad" role="alert">
          {props.error}
        </p>
      </Show>
      <div>
        <Button
          icon={<Plus size={15} />}
          onClick={() => props.onPairs([...props.pairs, { name: '', value: '', kept: false }])}
        >
          {props.add}
        </Button>
      </div>
      <Show when={props.hint}>
        <p id={`${id}-hint`} class="text-xs text-muted">
          {props.hint}
        </p>
      </Show>
    </fieldset>
  );
}
