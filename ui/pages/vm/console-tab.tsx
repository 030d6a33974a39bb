// A VM's console: its screen or its serial terminal, with what a keyboard cannot send.
import Maximize from 'lucide-solid/icons/maximize';
import Monitor from 'lucide-solid/icons/monitor';
import Play from 'lucide-solid/icons/play';
import RefreshCw from 'lucide-solid/icons/refresh-cw';
import { createEffect, createSignal, lazy, on, Show, Suspense } from 'solid-js';
import { refusalOf } from '../../../server/contract/guest-actions.ts';
import { runAction } from '../../api/guests.ts';
import { Button, Spinner } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState } from '../../components/panel.tsx';
import type { ScreenControls, ScreenState } from '../../consoles/vnc-screen.tsx';
import { settingOf } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { startTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { useVm } from './vm-context.ts';

const VncScreen = lazy(() => import('../../consoles/vnc-screen.tsx'));
const SerialTerminal = lazy(() => import('../../consoles/serial-terminal.tsx'));

export default function ConsoleTab() {
  const vm = useVm();
  let stage: HTMLDivElement | undefined;
  let controls: ScreenControls | undefined;
  const [kind, setKind] = createSignal<'screen' | 'serial'>('screen');
  const [scale, setScale] = createSignal(true);
  const [attempt, setAttempt] = createSignal(0);
  const [state, setState] = createSignal<ScreenState>('connecting');
  const [error, setError] = createSignal<unknown>();
  const available = () => refusalOf('console', { status: vm.item().status }) === undefined;
  const hasSerial = () => settingOf(vm.config.data() ?? [], 'serial0').current !== undefined;
  const show = (next: ScreenState, thrown?: unknown) => {
    setState(next);
    setError(next === 'closed' ? thrown : undefined);
  };
  const reconnect = () => setAttempt(attempt() + 1);
  // A guest that was reset or rebooted keeps its screen; one that was started again has a new one.
  createEffect(
    on(
      () => vm.item().status === 'running',
      (running) => running && state() === 'closed' && reconnect(),
      { defer: true },
    ),
  );

  return (
    <Show
      when={available()}
      fallback={
        <div class="flex h-full items-center justify-center">
          <EmptyState icon={<Monitor size={30} />} title={t('console.off')} text={t('console.offHint')}>
            <Show when={vm.item().status === 'stopped' && vm.item().template !== 1}>
              <Button
                look="primary"
                icon={<Play size={15} />}
                onClick={() => void startTask(t('action.start'), runAction('start', vm.place()))}
              >
                {t('console.start')}
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
          <fieldset class="flex rounded-md border border-line p-0.5" aria-label={t('console.kind')}>
            <Choice
              chosen={kind() === 'screen'}
              label={t('console.screen')}
              onClick={() => setKind('screen')}
            />
            <Choice
              chosen={kind() === 'serial'}
              label={t('console.serial')}
              reason={hasSerial() ? undefined : t('console.noSerial')}
              onClick={() => setKind('serial')}
            />
          </fieldset>
          <span role="status" class="flex items-center gap-1.5 px-1 text-sm text-muted">
            <Show when={state() === 'connecting'}>
              <Spinner />
            </Show>
            {t(`console.${state()}`)}
          </span>
          <div class="flex-1" />
          <Show when={kind() === 'screen'}>
            <Button
              reason={state() === 'connected' ? undefined : t('console.notConnected')}
              onClick={() => {
                controls?.sendCtrlAltDel();
                controls?.focus();
              }}
            >
              {t('console.ctrlAltDel')}
            </Button>
            <Button aria-pressed={scale()} onClick={() => setScale(!scale())}>
              {scale() ? t('console.actualSize') : t('console.fit')}
            </Button>
          </Show>
          <Button icon={<RefreshCw size={15} />} onClick={reconnect}>
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
            <Show
              when={kind() === 'screen'}
              fallback={
                <SerialTerminal
                  place={vm.place()}
                  name={labelOf(vm.item())}
                  attempt={attempt()}
                  onState={show}
                />
              }
            >
              <VncScreen
                place={vm.place()}
                name={labelOf(vm.item())}
                scale={scale()}
                attempt={attempt()}
                onState={show}
                controls={(given) => {
                  controls = given;
                }}
              />
            </Show>
          </Suspense>
          <Show when={state() === 'closed'}>
            <div class="absolute inset-0 grid place-items-center bg-scrim p-4">
              <div class="flex max-w-md flex-col gap-3 rounded-lg border border-line bg-raised p-5 shadow-pop">
                <p class="font-medium">{t('console.lost')}</p>
                <ErrorNote error={error()} />
                <Button look="primary" icon={<RefreshCw size={15} />} onClick={reconnect}>
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

function Choice(props: { chosen: boolean; label: string; reason?: string | undefined; onClick: () => void }) {
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
