// The dialog that shows all shortcuts.
import { createMemo, For, Show } from 'solid-js';
import { Dialog } from '../components/dialog.tsx';
import { t } from '../i18n/index.ts';
import { keyCaps, type Shortcut, shortcuts } from './keyboard.ts';

const groups = ['everywhere', 'go', 'create'] as const;
interface Row {
  readonly keys: readonly string[];
  readonly label: string;
}

/** Keys of parts of the page, which listen to them by themselves. */
const partKeys = [
  { id: 'move', keys: ['↑', '↓'] },
  { id: 'fold', keys: ['←', '→'] },
  { id: 'open', keys: ['Enter'] },
  { id: 'close', keys: ['Esc'] },
] as const;
const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

export default function KeyboardMap(props: { onClose: () => void }) {
  const of = (group: Shortcut['group']) =>
    shortcuts.filter((one) => one.group === group).map(({ id, keys }) => ({ keys, label: t(`keys.${id}`) }));
  return (
    <Dialog open onClose={props.onClose} title={t('keys.title')} description={t('keys.description')} wide>
      <div class="grid gap-x-10 gap-y-5 sm:grid-cols-2">
        <For each={groups}>{(group) => <Group title={t(`keys.${group}`)} rows={of(group)} />}</For>
        <Group
          title={t('keys.parts')}
          rows={partKeys.map(({ id, keys }) => ({ keys, label: t(`keys.${id}`) }))}
        />
      </div>
    </Dialog>
  );
}

function Group(props: { title: string; rows: readonly Row[] }) {
  return (
    <section aria-label={props.title}>
      <h3 class="mb-1.5 text-sm font-semibold">{props.title}</h3>
      <dl class="flex flex-col gap-1.5 text-sm">
        <For each={props.rows}>
          {(row) => (
            <div class="flex items-center justify-between gap-4">
              <dt class="min-w-0 text-muted">{row.label}</dt>
              <dd class="flex shrink-0 flex-wrap items-center justify-end gap-1">
                <For each={row.keys}>
                  {(keys, i) => (
                    <>
                      <Show when={i() > 0}>
                        <span class="text-xs text-muted">{t('keys.or')}</span>
                      </Show>
                      <Keys keys={keys} />
                    </>
                  )}
                </For>
              </dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  );
}

/** One after the other, or together. */
function Keys(props: { keys: string }) {
  const caps = createMemo(() => keyCaps(props.keys, isApple));
  return (
    <For each={caps()}>
      {(cap, i) => (
        <>
          <Show when={i() > 0 && props.keys.includes(' ')}>
            <span class="text-xs text-muted">{t('keys.then')}</span>
          </Show>
          <kbd class="min-w-6 rounded-sm border border-line bg-canvas px-1.5 text-center text-xs leading-5">
            {cap}
          </kbd>
        </>
      )}
    </For>
  );
}
