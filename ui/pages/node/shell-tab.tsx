// The terminal of a node itself.
import { createSignal, lazy, Show } from 'solid-js';
import { sessionUser } from '../../api/session.ts';
import { ConsoleStage } from '../../consoles/console-stage.tsx';
import type { ConsoleState } from '../../consoles/console-url.ts';
import { t } from '../../i18n/index.ts';

const Terminal = lazy(() => import('../../consoles/terminal.tsx'));

export default function ShellTab(props: { node: string }) {
  const [attempt, setAttempt] = createSignal(0);
  const [state, setState] = createSignal<ConsoleState>('connecting');
  const [error, setError] = createSignal<unknown>();
  return (
    <ConsoleStage
      choices={
        <Show when={sessionUser() !== 'root@pam'}>
          <span class="text-sm text-muted max-md:hidden">{t('nodeShell.hint')}</span>
        </Show>
      }
      state={state()}
      error={error()}
      onReconnect={() => setAttempt(attempt() + 1)}
    >
      <Terminal
        kind="node"
        place={{ node: props.node }}
        name={t('nodeShell.name', { node: props.node })}
        attempt={attempt()}
        onState={(now, problem) => {
          setState(now);
          setError(now === 'closed' ? problem : undefined);
        }}
      />
    </ConsoleStage>
  );
}
