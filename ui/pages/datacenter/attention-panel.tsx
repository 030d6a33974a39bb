// What needs attention, the worst first; or that nothing does.
import CircleCheck from 'lucide-solid/icons/circle-check';
import { createMemo, createSignal, For, onCleanup, Show } from 'solid-js';
import { Panel } from '../../components/panel.tsx';
import { t, tn } from '../../i18n/index.ts';
import { appliances } from '../../live/appliances.ts';
import { attention } from '../../live/attention.ts';
import { createCalm } from '../../live/calm.ts';
import { createBackupAlerts, createInfrastructure } from '../../live/infrastructure.ts';
import { guests, live, tasks } from '../../live/store.ts';
import { AttentionLine } from '../../shell/attention-line.tsx';

/** Guests come and go all the time: they are not counted more often than this. */
const restMs = 250;
/** What is news grows old by itself. */
const rereadMs = 60_000;

export function AttentionPanel() {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), rereadMs);
  onCleanup(() => clearInterval(timer));
  const infrastructure = createInfrastructure();
  const alerts = createBackupAlerts();
  const items = createMemo(() => attention(infrastructure(), tasks(), now() / 1000, appliances(), alerts()));
  const nodeCount = () => infrastructure().filter((one) => one.type === 'node').length;
  return (
    <Panel title={t('attention.title')}>
      <Show when={items().length > 0} fallback={<AllWell nodes={nodeCount()} />}>
        <ul class="flex flex-col gap-2.5">
          <For each={items()}>
            {(item) => (
              <li class="flex">
                <AttentionLine item={item} />
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Panel>
  );
}

function AllWell(props: { nodes: number }) {
  const running = createCalm(
    () => guests().filter((one) => one.status === 'running').length,
    () => live.loaded,
    restMs,
  );
  return (
    <div class="flex gap-2.5 text-sm">
      <CircleCheck size={18} class="mt-px shrink-0 text-ok" aria-hidden="true" />
      <div>
        <p class="font-medium">{t('attention.none')}</p>
        <p class="text-muted">
          {t('attention.noneText', {
            nodes: tn('attention.nodesOnline', props.nodes),
            guests: tn('attention.guestsRunning', running()),
          })}
        </p>
      </div>
    </div>
  );
}
