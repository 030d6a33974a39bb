// The frame of a guest's console: the stage while the guest is on, what to do about it while it is not.
import Monitor from 'lucide-solid/icons/monitor';
import Play from 'lucide-solid/icons/play';
import { Show } from 'solid-js';
import { refusalOf } from '../../../server/contract/guest-actions.ts';
import { runAction } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/panel.tsx';
import { ConsoleStage, type ConsoleStageProps } from '../../consoles/console-stage.tsx';
import { t } from '../../i18n/index.ts';
import { startTask } from '../../live/watched.ts';
import { useGuest } from './guest-context.ts';

interface ConsoleFrameProps extends ConsoleStageProps {
  /** Why there is nothing to see while it is off. */
  offTitle: string;
  offHint: string;
}

export function ConsoleFrame(props: ConsoleFrameProps) {
  const guest = useGuest();
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
      <ConsoleStage {...props} />
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
