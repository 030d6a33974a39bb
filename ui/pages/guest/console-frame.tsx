// The frame of every console: tools above, the console below, what to do when there is none or the connection is lost.
import Maximize from 'lucide-solid/icons/maximize';
import Monitor from 'lucide-solid/icons/monitor';
import Play from 'lucide-solid/icons/play';
import RefreshCw from 'lucide-solid/icons/refresh-cw';
import { type JSX, Show, Suspense } from 'solid-js';
import { refusalOf } from '../../../server/contract/guest-actions.ts';
import { runAction } from '../../api/guests.ts';
import { Button, Spinner } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState } from '../../components/panel.tsx';
import type { ConsoleState } from '../../consoles/console-url.ts';
import { t } from '../../i18n/index.ts';
import { startTask } from '../../live/watched.ts';
import { useGuest } from './guest-context.ts';

interface ConsoleFrameProps {
  /** What is chosen of, before the state. */
  choices: JSX.Element;
  /** Tools of this kind of console. */
  tools?: JSX.Element;
  state: ConsoleState;
  /** There is no console to be connected to. */
  idle?: boolean;
  error: unknown;
  onReconnect: () => void;
  /** Why there is nothing to see while it is off. */
  offTitle: string;
  offHint: string;
  children: JSX.Element;
}

export function ConsoleFrame(props: ConsoleFrameProps) {
  const guest = useGuest();
  let stage: HTMLDivElement | undefined;
  const available = () =>
    refusalOf('console', { kind: guest.kind, status: guest.item().status }) === undefined;
  const frozen = () => guest.kind === 'lxc' && guest.item().status === 'paused';
  return (
    <Show
      when={available()}
      fallback={
        <div class="flex h-full items-center justify-center">
          <EmptyState
            icon={<Monitor size={30} />}
            title={frozen() ? t('ct.console.frozen') : props.offTitle}
            text={frozen() ? t('ct.console.frozenHint') : props.offHint}
          >
            <Show when={guest.item().status === 'stopped' && guest.item().template !== 1}>
              <Button
                look="primary"
                icon={<Play size={15} />}
                onClick={() =>
                  void startTask(t('action.start'), runAction(guest.kind, 'start', guest.place()))
                }
              >
                {t('console.start')}
              </Button>
            </Show>
            <Show when={frozen()}>
              <Button
                look="primary"
                icon={<Play size={15} />}
                onClick={() =>
                  void startTask(t('action.resume'), runAction(guest.kind, 'resume', guest.place()))
                }
              >
                {t('action.resume')}
              </Button>
            </Show>
          </EmptyState>
        </div>
      }
    >
      <div ref={stage} class="flex h-full min-h-0 flex-col bg-canvas">
        <div
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
          <div class="flex-1" />
          {props.tools}
          <Button
            icon={<RefreshCw size={15} />}
            reason={props.idle ? t('ct.console.none') : undefined}
            onClick={() => props.onReconnect()}
          >
            <span class="max-sm:sr-only">{t('console.reconnect')}</span>
          </Button>
          <Button icon={<Maximize size={15} />} onClick={() => void stage?.requestFullscreen()}>
            <span class="max-sm:sr-only">{t('console.fullScreen')}</span>
          </Button>
        </div>
        <div class="relative min-h-0 flex-1 bg-[#0b0e10]">
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
    </Show>
  );
}

/** One of the kinds to choose from in the tools. */
export function ConsoleChoice(props: {
  chosen: boolean;
  label: string;
  reason?: string | undefined;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      aria-pressed={props.chosen}
      aria-disabled={props.reason !== undefined ? 'true' : undefined}
      title={props.reason}
      class={`rounded-sm px-2.5 py-1 text-sm font-medium aria-disabled:opacity-45 pointer-coarse:py-2 ${props.chosen ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-hover'}`}
      onClick={() => props.reason === undefined && props.onClick()}
    >
      {props.label}
    </button>
  );
}
