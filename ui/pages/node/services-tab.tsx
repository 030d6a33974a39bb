// The system services of a node: their states, and starting, stopping, restarting and reloading them.
import { A } from '@solidjs/router';
import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import type { NodeServiceName, ServiceAction, ServiceState } from '../../../server/contract/node-services.ts';
import { api } from '../../api/client.ts';
import { Button, Spinner } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Badge, EmptyState, Notice } from '../../components/panel.tsx';
import { type Key, t, tOr } from '../../i18n/index.ts';
import { createCalm } from '../../live/calm.ts';
import { isActive } from '../../live/state.ts';
import { connectionState, guests, live, runningTasks } from '../../live/store.ts';
import { startTask, watchTask } from '../../live/watched.ts';
import { createNodeQuery } from './node-query.ts';
import { factsOf, questionOf, refusalOf, serviceActions, serviceTone } from './service-actions.ts';
import { EdgeTable, ReadPanel, rowClass } from './tab-parts.tsx';

/** Guests change all the time, and all of them are looked through: not more often than this. */
const restMs = 250;

const act = (action: ServiceAction, node: string, service: NodeServiceName) =>
  api(`POST /nodes/{node}/services/{service}/${action}`, { node, service });

interface Asked {
  readonly action: 'stop' | 'restart';
  readonly service: NodeServiceName;
  readonly text: Key;
}

export default function ServicesTab(props: { node: string }) {
  const [asked, setAsked] = createSignal<Asked>();
  const [restarting, setRestarting] = createSignal(false);
  const query = createNodeQuery({
    node: () => props.node,
    tasksOn: () => props.node,
    read: (node) => api('GET /nodes/{node}/services', { node }),
  });
  const installed = (one: ServiceState) => one['unit-state'] !== 'not-found';
  const away = () => restarting() && connectionState() !== 'live';
  createEffect(
    on(connectionState, (now, before) => {
      if (now === 'live' && before === 'reconnecting') setRestarting(false);
    }),
  );

  const containersRunning = createCalm(
    () =>
      guests().some(
        (one) =>
          one.node === props.node &&
          one.type === 'lxc' &&
          (one.status === 'running' || one.status === 'paused'),
      ),
    () => [live.loaded, props.node],
    restMs,
  );

  function choose(action: ServiceAction, state: ServiceState): void {
    const service = state.service as NodeServiceName;
    const text = questionOf(action, factsOf(state));
    if (text !== undefined && (action === 'stop' || action === 'restart'))
      setAsked({ action, service, text });
    else void startTask(t(`nodeServices.${action}One`, { service }), act(action, props.node, service));
  }

  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <Show when={away()}>
        <div role="status">
          <Notice tone="accent" icon={<Spinner />}>
            {t('nodeServices.back')}
          </Notice>
        </div>
      </Show>
      <ReadPanel title={t('nodeServices.title')} query={query} lines={10}>
        {(list) => (
          <EdgeTable
            label={t('nodeServices.title')}
            head={
              <>
                <th>{t('nodeServices.service')}</th>
                <th class="max-md:hidden">{t('nodeServices.state')}</th>
                <th class="max-lg:hidden">{t('nodeServices.atBoot')}</th>
                <th class="max-md:hidden">
                  <span class="sr-only">{t('common.actions')}</span>
                </th>
              </>
            }
          >
            {/* Those that are not there stand last. */}
            <For each={[...list().filter(installed), ...list().filter((one) => !installed(one))]}>
              {(one) => (
                <ServiceRow
                  node={props.node}
                  state={one}
                  containersRunning={containersRunning()}
                  onChoose={choose}
                />
              )}
            </For>
          </EdgeTable>
        )}
      </ReadPanel>
      <Show when={query.data()?.length === 0}>
        <EmptyState title={t('nodeServices.noSystemd')} />
      </Show>
      <ConfirmDialog
        open={asked() !== undefined}
        onClose={() => setAsked(undefined)}
        title={t(asked()?.action === 'stop' ? 'nodeServices.stopTitle' : 'nodeServices.restartTitle', {
          service: asked()?.service ?? '',
        })}
        action={t(`nodeServices.action.${asked()?.action ?? 'stop'}`)}
        calm={asked()?.action === 'restart'}
        onConfirm={async () => {
          const one = asked();
          if (!one) return;
          watchTask(await act(one.action, props.node, one.service));
          if (one.service === 'croft') setRestarting(true);
        }}
      >
        <Show when={asked()}>{(one) => <p>{t(one().text)}</p>}</Show>
      </ConfirmDialog>
    </div>
  );
}

function ServiceRow(props: {
  node: string;
  state: ServiceState;
  containersRunning: boolean;
  onChoose: (action: ServiceAction, state: ServiceState) => void;
}) {
  const facts = () => factsOf(props.state);
  const service = () => props.state.service as NodeServiceName;
  const busy = createMemo(() =>
    runningTasks().some(
      (task) =>
        isActive(task) && task.node === props.node && task.id === service() && task.type.startsWith('srv'),
    ),
  );
  const installed = () => facts().unit !== 'not-found';
  const reason = (action: ServiceAction) => {
    if (busy()) return t('nodeServices.changing');
    const refusal = refusalOf(action, facts(), props.containersRunning);
    return refusal === undefined ? undefined : t(refusal);
  };
  /** Starting and stopping share a place: only one of them can be. */
  const offered = () => {
    const off = facts().active === 'inactive' || facts().active === 'failed';
    return serviceActions.filter((action) => action !== (off ? 'stop' : 'start'));
  };
  const State = () => (
    <Show
      when={installed()}
      fallback={<span class="text-sm text-muted">{t('nodeServices.notInstalled')}</span>}
    >
      <span class="inline-flex items-center gap-1.5">
        <Badge tone={serviceTone(facts())} title={props.state.state}>
          {tOr(`nodeServices.active.${facts().active}`, facts().active)}
        </Badge>
        <Show when={busy()}>
          <Spinner />
        </Show>
      </span>
    </Show>
  );
  const Actions = () => (
    <Show when={installed()}>
      <For each={offered()}>
        {(action) => (
          <Button
            look="ghost"
            class="px-2"
            aria-label={t(`nodeServices.${action}One`, { service: service() })}
            reason={reason(action)}
            onClick={() => props.onChoose(action, props.state)}
          >
            {t(`nodeServices.action.${action}`)}
          </Button>
        )}
      </For>
      <A
        href={`/nodes/${encodeURIComponent(props.node)}/logs?service=${encodeURIComponent(service())}`}
        class="control inline-flex items-center rounded-md px-2 text-sm font-medium text-muted hover:bg-hover hover:text-text"
        aria-label={t('nodeServices.logOf', { service: service() })}
      >
        {t('nodeServices.log')}
      </A>
    </Show>
  );
  return (
    <tr class={rowClass}>
      <td>
        <div class="flex items-center justify-between gap-3">
          <p class={`break-words ${installed() ? 'font-medium' : 'text-muted'}`}>{service()}</p>
          <span class="shrink-0 md:hidden">
            <State />
          </span>
        </div>
        {/* A unit that is not there, or says nothing of itself, is described by its name. */}
        <Show when={props.state.desc !== service()}>
          <p class="text-xs break-words text-muted">{props.state.desc}</p>
        </Show>
        <div class="-ms-2 -mb-2 flex flex-wrap empty:hidden md:hidden">
          <Actions />
        </div>
      </td>
      <td class="max-md:hidden">
        <State />
      </td>
      <td class="text-muted max-lg:hidden">
        {installed() ? tOr(`nodeServices.unit.${facts().unit}`, facts().unit) : ''}
      </td>
      <td class="max-md:hidden">
        <div class="flex items-center justify-end">
          <Actions />
        </div>
      </td>
    </tr>
  );
}
