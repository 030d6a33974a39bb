// The stage of a console: tools above, the console below, what to do when the connection is lost.
import Maximize from 'lucide-solid/icons/maximize';
import Minimize from 'lucide-solid/icons/minimize';
import RefreshCw from 'lucide-solid/icons/refresh-cw';
import { createSignal, type JSX, onCleanup, Show, Suspense } from 'solid-js';
import { Button, Spinner } from '../components/button.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { t } from '../i18n/index.ts';
import type { ConsoleState } from './console-url.ts';

export interface ConsoleStageProps {
  /** What is chosen of, before the state. */
  choices: JSX.Element;
  /** Tools of this kind of console. */
  tools?: JSX.Element;
  state: ConsoleState;
  /** There is no console to be connected to. */
  idle?: boolean;
  error: unknown;
  onReconnect: () => void;
  children: JSX.Element;
}

export function ConsoleStage(props: ConsoleStageProps) {
  const [full, setFull] = createSignal(document.fullscreenElement !== null);
  const follow = () => setFull(document.fullscreenElement !== null);
  document.addEventListener('fullscreenchange', follow);
  onCleanup(() => {
    document.removeEventListener('fullscreenchange', follow);
    if (document.fullscreenElement) void document.exitFullscreen();
  });
  // The whole page is full, and the console covers it: menus and dialogs are drawn elsewhere in the page.
  const toggleFull = () =>
    void (full() ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  let tools: HTMLDivElement | undefined;
  /** Screens and terminals take every key, also Tab: without a mouse there must be a way out. */
  const watchKeys = (inner: HTMLElement) =>
    inner.addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape' || !event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        tools?.querySelector('button')?.focus();
      },
      { capture: true },
    );
  return (
    <div class={`flex min-h-0 flex-col bg-canvas ${full() ? 'fixed inset-0 z-30' : 'h-full'}`}>
      <div
        ref={tools}
        role="toolbar"
        aria-label={t('console.tools')}
        class="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2"
      >
        {props.choices}
        <span role="status" class="flex items-center gap-1.5 px-1 text-sm text-muted">
          <Show when={!props.idle}>
            <Show when={props.state === 'connecting'}>
              <Spinner />
            </Show>
            {t(`console.${props.state}`)}
          </Show>
        </span>
        {/* What does not fit beside the choices goes below them, all of it together. */}
        <div class="flex flex-wrap items-center gap-2 sm:ms-auto">
          <span class="text-xs text-muted max-[90rem]:sr-only">{t('console.leave')}</span>
          {props.tools}
          <Button
            icon={<RefreshCw size={15} />}
            reason={props.idle ? t('ct.console.none') : undefined}
            title={t('console.reconnect')}
            onClick={() => props.onReconnect()}
          >
            <span class="max-xl:sr-only">{t('console.reconnect')}</span>
          </Button>
          <Button
            icon={full() ? <Minimize size={15} /> : <Maximize size={15} />}
            reason={document.fullscreenEnabled ? undefined : t('console.noFullScreen')}
            title={t(full() ? 'console.leaveFullScreen' : 'console.fullScreen')}
            onClick={toggleFull}
          >
            <span class="max-xl:sr-only">{t(full() ? 'console.leaveFullScreen' : 'console.fullScreen')}</span>
          </Button>
        </div>
      </div>
      <div ref={watchKeys} class="relative min-h-0 flex-1 bg-[#0b0e10]">
        <Suspense
          fallback={
            <div class="grid h-full place-items-center text-muted">
              <Spinner />
            </div>
          }
        >
          {props.children}
        </Suspense>
        <Show when={props.state === 'closed'}>
          <div class="absolute inset-0 grid place-items-center bg-scrim p-4">
            <div class="flex max-w-md flex-col gap-3 rounded-lg border border-line bg-raised p-5 shadow-pop">
              <p class="font-medium">{t('console.lost')}</p>
              <ErrorNote error={props.error} />
              <Button look="primary" icon={<RefreshCw size={15} />} onClick={() => props.onReconnect()}>
                {t('console.reconnect')}
              </Button>
            </div>
          </div>
        </Show>
      </div>
    </div>
  );
}
