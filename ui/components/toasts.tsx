// Short messages at the corner: what was done or failed away from where the user looks.
import CircleCheck from 'lucide-solid/icons/circle-check';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import X from 'lucide-solid/icons/x';
import { createSignal, For, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { IconButton } from './button.tsx';
import { errorText } from './error-note.tsx';

interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'bad';
  readonly title: string;
  readonly text: string;
}

const [toasts, setToasts] = createSignal<readonly Toast[]>([]);
let nextId = 1;
const shownMs = 6000;

function dismiss(id: number): void {
  setToasts((all) => all.filter((toast) => toast.id !== id));
}

/** Errors stay until they are closed, the rest goes by itself. */
export function toast(tone: Toast['tone'], title: string, text = ''): void {
  const id = nextId;
  nextId += 1;
  setToasts((all) => [...all.slice(-3), { id, tone, title, text }]);
  if (tone === 'ok') setTimeout(() => dismiss(id), shownMs);
}

/** Tells of a failure of something that has no place of its own for errors. */
export function toastError(title: string, thrown: unknown): void {
  toast('bad', title, errorText(thrown));
}

export function Toasts() {
  return (
    <section
      aria-label={t('toast.region')}
      aria-live="polite"
      class="pointer-events-none fixed end-3 bottom-12 z-60 flex w-[min(24rem,calc(100vw-1.5rem))] flex-col gap-2"
    >
      <For each={toasts()}>
        {(one) => (
          <div
            role={one.tone === 'bad' ? 'alert' : 'status'}
            class="pointer-events-auto flex gap-2.5 rounded-lg border border-line bg-raised px-3.5 py-2.5 shadow-pop"
          >
            <span class={`pt-0.5 ${one.tone === 'ok' ? 'text-ok' : 'text-bad'}`}>
              {one.tone === 'ok' ? <CircleCheck size={17} /> : <TriangleAlert size={17} />}
            </span>
            <div class="min-w-0 flex-1 text-sm">
              <p class="font-medium break-words">{one.title}</p>
              <Show when={one.text}>
                <p class="line-clamp-4 break-words text-muted">{one.text}</p>
              </Show>
            </div>
            <IconButton small label={t('common.close')} onClick={() => dismiss(one.id)}>
              <X size={15} />
            </IconButton>
          </div>
        )}
      </For>
    </section>
  );
}
