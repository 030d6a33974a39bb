// A VM's console: its screen or its serial terminal, with what a keyboard cannot send.
import Eye from 'lucide-solid/icons/eye';
import Keyboard from 'lucide-solid/icons/keyboard';
import MousePointer from 'lucide-solid/icons/mouse-pointer';
import Scaling from 'lucide-solid/icons/scaling';
import Shrink from 'lucide-solid/icons/shrink';
import { createEffect, createSignal, type JSX, lazy, on, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import type { ConsoleState } from '../../consoles/console-url.ts';
import type { ScreenControls } from '../../consoles/vnc-screen.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { ConsoleChoice, ConsoleFrame } from '../guest/console-frame.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { KeysMenu } from './keys-menu.tsx';
import { SendTextDialog } from './send-text-dialog.tsx';

const VncScreen = lazy(() => import('../../consoles/vnc-screen.tsx'));
const GuestTerminal = lazy(() => import('../../consoles/terminal.tsx'));

export default function ConsoleTab() {
  const vm = useGuest();
  let controls: ScreenControls | undefined;
  const [kind, setKind] = createSignal<'screen' | 'serial'>('screen');
  const [scale, setScale] = createSignal(true);
  const [viewOnly, setViewOnly] = createSignal(false);
  const [typing, setTyping] = createSignal(false);
  const [attempt, setAttempt] = createSignal(0);
  const [state, setState] = createSignal<ConsoleState>('connecting');
  const [error, setError] = createSignal<unknown>();
  const hasSerial = () => settingOf(vm.config.data() ?? [], 'serial0').current !== undefined;
  const show = (next: ConsoleState, thrown?: unknown) => {
    setState(next);
    setError(next === 'closed' ? thrown : undefined);
  };
  /** Why no key can be sent. */
  const blocked = () => {
    if (state() !== 'connected') return t('console.notConnected');
    return viewOnly() ? t('console.isViewOnly') : undefined;
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
    <ConsoleFrame
      state={state()}
      error={error()}
      onReconnect={reconnect}
      offTitle={t('console.off')}
      offHint={t('console.offHint')}
      choices={
        <fieldset class="flex rounded-md border border-line p-0.5" aria-label={t('console.kind')}>
          <ConsoleChoice
            chosen={kind() === 'screen'}
            label={t('console.screen')}
            onClick={() => setKind('screen')}
          />
          <ConsoleChoice
            chosen={kind() === 'serial'}
            label={t('console.serial')}
            reason={hasSerial() ? undefined : t('console.noSerial')}
            onClick={() => setKind('serial')}
          />
        </fieldset>
      }
      tools={
        <Show when={kind() === 'screen'}>
          <KeysMenu
            reason={blocked()}
            onChoose={(keys) => {
              controls?.press(keys);
              controls?.focus();
            }}
          />
          <Button
            icon={<Keyboard size={15} />}
            title={t('console.sendText')}
            reason={blocked()}
            onClick={() => setTyping(true)}
          >
            <span class="max-xl:sr-only">{t('console.sendText')}</span>
          </Button>
          <Switch
            icon={viewOnly() ? <MousePointer size={15} /> : <Eye size={15} />}
            label={t(viewOnly() ? 'console.takeControl' : 'console.viewOnly')}
            onClick={() => setViewOnly(!viewOnly())}
          />
          <Switch
            icon={scale() ? <Scaling size={15} /> : <Shrink size={15} />}
            label={t(scale() ? 'console.actualSize' : 'console.fit')}
            onClick={() => setScale(!scale())}
          />
          <Show when={typing() && controls} keyed>
            {(to) => <SendTextDialog controls={to} onClose={() => setTyping(false)} />}
          </Show>
        </Show>
      }
    >
      <Show
        when={kind() === 'screen'}
        fallback={
          <GuestTerminal
            kind="qemu"
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
          viewOnly={viewOnly()}
          attempt={attempt()}
          onState={show}
          controls={(given) => {
            controls = given;
          }}
        />
      </Show>
    </ConsoleFrame>
  );
}

/** Says what it will do; on phones by a sign. */
function Switch(props: { icon: JSX.Element; label: string; onClick: () => void }) {
  return (
    <Button
      icon={<span class="sm:hidden">{props.icon}</span>}
      title={props.label}
      onClick={() => props.onClick()}
    >
      <span class="max-sm:sr-only">{props.label}</span>
    </Button>
  );
}
