// A container's terminals: several at once, log-ins and root shells; those that are not looked at go on.
import Plus from 'lucide-solid/icons/plus';
import SquareTerminal from 'lucide-solid/icons/square-terminal';
import X from 'lucide-solid/icons/x';
import { createEffect, createSignal, For, lazy, on } from 'solid-js';
import { createStore } from 'solid-js/store';
import { Button, IconButton } from '../../components/button.tsx';
import { EmptyState } from '../../components/panel.tsx';
import type { ConsoleState } from '../../consoles/console-url.ts';
import { t } from '../../i18n/index.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { ConsoleChoice, ConsoleFrame } from '../guest/console-frame.tsx';
import { useGuest } from '../guest/guest-context.ts';

const GuestTerminal = lazy(() => import('../../consoles/terminal.tsx'));

interface Session {
  readonly id: number;
  readonly way: 'login' | 'shell';
  readonly name: string;
  attempt: number;
  state: ConsoleState;
  error: unknown;
}

export default function ConsoleTab() {
  const ct = useGuest();
  const [sessions, setSessions] = createStore<Session[]>([]);
  const [chosen, setChosen] = createSignal(0);
  let newest = 0;
  const counts = { login: 0, shell: 0 };
  const current = () => sessions.find((one) => one.id === chosen());

  function open(way: Session['way']): void {
    newest += 1;
    counts[way] += 1;
    const name = t(way === 'login' ? 'ct.console.loginName' : 'ct.console.shellName', {
      number: counts[way],
    });
    setSessions(sessions.length, {
      id: newest,
      way,
      name,
      attempt: 0,
      state: 'connecting',
      error: undefined,
    });
    setChosen(newest);
  }
  function close(id: number): void {
    const at = sessions.findIndex((one) => one.id === id);
    setSessions((all) => all.filter((one) => one.id !== id));
    if (chosen() === id) setChosen((sessions[at] ?? sessions.at(-1))?.id ?? 0);
  }
  const reconnect = (id: number) =>
    setSessions(
      (one) => one.id === id,
      'attempt',
      (n) => n + 1,
    );

  open('login');
  // A container that was started again has new terminals: those that were open are opened again.
  createEffect(
    on(
      () => ct.item().status === 'running',
      (running) => {
        if (running) for (const one of sessions) if (one.state === 'closed') reconnect(one.id);
      },
      { defer: true },
    ),
  );

  return (
    <ConsoleFrame
      state={current()?.state ?? 'connected'}
      idle={current() === undefined}
      error={current()?.error}
      onReconnect={() => reconnect(chosen())}
      offTitle={t('ct.console.off')}
      offHint={t('ct.console.offHint')}
      choices={
        <>
          <fieldset
            class="flex max-w-full flex-wrap rounded-md border border-line p-0.5 empty:hidden"
            aria-label={t('ct.console.terminals')}
          >
            <For each={sessions}>
              {(one) => (
                <span class="inline-flex items-center">
                  <ConsoleChoice
                    chosen={one.id === chosen()}
                    label={one.name}
                    onClick={() => setChosen(one.id)}
                  />
                  <IconButton
                    small
                    label={t('ct.console.close', { name: one.name })}
                    onClick={() => close(one.id)}
                  >
                    <X size={13} />
                  </IconButton>
                </span>
              )}
            </For>
          </fieldset>
          <Button icon={<Plus size={15} />} onClick={() => open('login')}>
            {t('ct.console.login')}
          </Button>
          <Button icon={<Plus size={15} />} onClick={() => open('shell')}>
            {t('ct.console.shell')}
          </Button>
        </>
      }
    >
      <For
        each={sessions}
        fallback={
          <div class="grid h-full place-items-center bg-canvas">
            <EmptyState
              icon={<SquareTerminal size={30} />}
              title={t('ct.console.none')}
              text={t('ct.console.noneHint')}
            />
          </div>
        }
      >
        {(one) => (
          <div class={`absolute inset-0 ${one.id === chosen() ? '' : 'hidden'}`}>
            <GuestTerminal
              kind="lxc"
              way={one.way}
              place={ct.place()}
              shown={one.id === chosen()}
              name={`${labelOf(ct.item())} ${one.name}`}
              attempt={one.attempt}
              onState={(state, error) =>
                setSessions((other) => other.id === one.id, {
                  state,
                  error: state === 'closed' ? error : undefined,
                })
              }
            />
          </div>
        )}
      </For>
    </ConsoleFrame>
  );
}
