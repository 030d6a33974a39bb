// The foot of the palette: keeping what was searched under a name, and forgetting it; else how to use it.
import { createEffect, createSignal, on, Show } from 'solid-js';
import { Button } from '../components/button.tsx';
import { t } from '../i18n/index.ts';
import { mostLetters, type SavedSearch, withoutSaved, withSaved } from '../search/saved.ts';

interface SavedBarProps {
  text: string;
  saved: readonly SavedSearch[];
  /** What is not understood is not worth keeping: how to ask is said instead. */
  readable: boolean;
  /** There is something to choose from. */
  found: boolean;
  onChange: (saved: readonly SavedSearch[]) => void;
  /** The field wants the keyboard back. */
  onDone: () => void;
}

export function SavedBar(props: SavedBarProps) {
  const [naming, setNaming] = createSignal(false);
  const [name, setName] = createSignal('');
  const asked = () => props.text.trim();
  const same = () => props.saved.find((one) => one.text === asked());
  createEffect(on(asked, () => setNaming(false), { defer: true }));
  const done = () => {
    setNaming(false);
    props.onDone();
  };
  return (
    <footer class="flex min-h-11 flex-wrap items-center justify-between gap-2 border-t border-line px-4 py-1.5 text-xs text-muted">
      <Show when={asked() !== '' && (props.readable || same())} fallback={<p>{t('palette.hint')}</p>}>
        <Show
          when={naming()}
          fallback={
            <>
              <p class={`max-sm:hidden ${props.found ? '' : 'invisible'}`}>{t('palette.keys')}</p>
              <Show
                when={same()}
                fallback={
                  <Button
                    look="ghost"
                    class="max-sm:-ms-3"
                    onClick={() => {
                      setName(asked());
                      setNaming(true);
                    }}
                  >
                    {t('palette.save')}
                  </Button>
                }
              >
                {(search) => (
                  <Button
                    look="ghost"
                    class="max-sm:-ms-3"
                    onClick={() => {
                      props.onChange(withoutSaved(props.saved, search().name));
                      done();
                    }}
                  >
                    <span class="max-w-80 truncate">{t('palette.remove', { name: search().name })}</span>
                  </Button>
                )}
              </Show>
            </>
          }
        >
          <form
            class="flex w-full items-center gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              if (name().trim() === '') return;
              props.onChange(withSaved(props.saved, { name: name(), text: asked() }));
              done();
            }}
          >
            <input
              ref={(field) => queueMicrotask(() => field.select())}
              type="text"
              class="control field-box min-w-0 flex-1 text-sm"
              aria-label={t('palette.saveName')}
              maxLength={mostLetters}
              autocomplete="off"
              value={name()}
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <Button
              type="submit"
              look="primary"
              reason={name().trim() === '' ? t('palette.saveFirst') : undefined}
            >
              {t('common.save')}
            </Button>
            <Button onClick={done}>{t('common.cancel')}</Button>
          </form>
        </Show>
      </Show>
    </footer>
  );
}
