// The two checks of a VM that runs: does the host do its part, and does the guest live?
import { createMemo, For, onCleanup, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import type { Fact } from '../../components/panel.tsx';
import { asSentence } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { revision } from '../../live/store.ts';
import { useGuest } from '../guest/guest-context.ts';

/** The daemon asks an agent no more often. */
const rereadMs = 30_000;
/** When the guest's age, in seconds, passes these, it is looked at again: the agent's first answer comes with the second look. */
const ages = [3, 10, 30, 90];

/** Lines of the summary; none while the VM does not run. */
export function createStatusChecks(): () => readonly Fact[] {
  const vm = useGuest();
  const running = () => vm.item().status === 'running' || vm.item().status === 'paused';
  const round = createMemo(() => ages.filter((age) => (vm.item().uptime ?? 0) >= age).length);
  const status = createQuery(
    () =>
      running() && {
        ...vm.place(),
        round: round(),
        status: vm.item().status,
        revision: revision(`/vms/${vm.place().vmid}`, `${vm.place().node}/${vm.place().vmid}`),
      },
    ({ node, vmid }) => api('GET /nodes/{node}/qemu/{vmid}/status/current', { node, vmid }),
  );
  const timer = setInterval(() => document.visibilityState === 'visible' && status.reload(), rereadMs);
  onCleanup(() => clearInterval(timer));
  const checks = () => (running() ? status.data()?.checks : undefined);
  return () => {
    const found = checks();
    if (!found) return [];
    const { host, guest } = found;
    return [
      {
        name: t('checks.host'),
        value: (
          <Show
            when={host.problems.length > 0}
            fallback={<Verdict status={host.status} text={t('checks.hostOk')} />}
          >
            <ul>
              <For each={host.problems}>{(text) => <li class="text-bad">{asSentence(text)}</li>}</For>
            </ul>
          </Show>
        ),
      },
      {
        name: t('checks.guest'),
        value: <Verdict status={guest.status} text={t(`checks.${guest.by}.${guest.status}`)} />,
      },
    ];
  };
}

function Verdict(props: { status: 'ok' | 'failed' | 'unknown'; text: string }) {
  return <span class={props.status === 'failed' ? 'text-bad' : ''}>{props.text}</span>;
}
