// A node: what it is, how it is doing, and its guests.
import { useParams } from '@solidjs/router';
import Plus from 'lucide-solid/icons/plus';
import Server from 'lucide-solid/icons/server';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import Zap from 'lucide-solid/icons/zap';
import { lazy, Match, Show, Suspense, Switch } from 'solid-js';
import { api } from '../api/client.ts';
import { createQuery } from '../api/query.ts';
import { Button } from '../components/button.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { GuestTable } from '../components/guest-table.tsx';
import { Meter } from '../components/meter.tsx';
import { MetricsPanel } from '../components/metrics-panel.tsx';
import { KeyValues, Notice, Panel, Skeleton } from '../components/panel.tsx';
import { StateLabel } from '../components/state-dot.tsx';
import { TabBar, TabPanel } from '../components/tabs.tsx';
import { bytes, duration, percent, share } from '../format/show.ts';
import { t, tn } from '../i18n/index.ts';
import { guests, live, nodeOf } from '../live/store.ts';
import { setCreating } from '../shell/create-state.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { nodeTabs } from '../shell/tree-model.ts';
import NotFoundPage from './not-found-page.tsx';

const SystemTab = lazy(() => import('./system/system-tab.tsx'));
const TemplatesTab = lazy(() => import('./templates/templates-tab.tsx'));

export default function NodePage() {
  const params = useParams();
  const name = () => params['node'] ?? '';
  const tab = () => nodeTabs.find((one) => one === params['tab']) ?? 'summary';
  const item = () => nodeOf(name());
  const base = () => `/nodes/${encodeURIComponent(name())}`;
  return (
    <Show
      when={item() ?? !live.loaded}
      fallback={<NotFoundPage title={t('notFound.node', { node: name() })} text={t('notFound.gone')} />}
    >
      <PageHeader
        icon={<Server size={20} />}
        title={name()}
        state={<Show when={item()}>{(one) => <StateLabel status={one().status} />}</Show>}
        actions={
          <>
            <Button icon={<Plus size={16} />} onClick={() => setCreating({ kind: 'qemu', node: name() })}>
              {t('create.here')}
            </Button>
            <Button icon={<Plus size={16} />} onClick={() => setCreating({ kind: 'lxc', node: name() })}>
              {t('ct.openHere')}
            </Button>
          </>
        }
      />
      <div class="bg-surface">
        <TabBar
          label={name()}
          tabs={[
            { href: base(), label: t('tab.summary'), active: tab() === 'summary' },
            ...nodeTabs.map((one) => ({
              href: `${base()}/${one}`,
              label: t(`tab.${one}`),
              active: tab() === one,
            })),
          ]}
        />
      </div>
      <Switch>
        <Match when={tab() === 'guests'}>
          <TabPanel label={t('tab.guests')}>
            <Panel flush>
              <GuestTable label={t('tab.guests')} guests={guests().filter((one) => one.node === name())} />
            </Panel>
          </TabPanel>
        </Match>
        <Match when={tab() === 'templates'}>
          <TabPanel label={t('tab.templates')}>
            <Suspense fallback={<Skeleton lines={6} />}>
              <Show when={name()} keyed>
                {(node) => <TemplatesTab node={node} />}
              </Show>
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={tab() === 'system'}>
          <TabPanel label={t('tab.system')}>
            <Suspense fallback={<Skeleton lines={6} />}>
              <Show when={name()} keyed>
                {(node) => <SystemTab node={node} />}
              </Show>
            </Suspense>
          </TabPanel>
        </Match>
        <Match when={true}>
          <TabPanel label={t('tab.summary')}>
            <Summary node={name()} />
          </TabPanel>
        </Match>
      </Switch>
    </Show>
  );
}

function Summary(props: { node: string }) {
  const item = () => nodeOf(props.node);
  const online = () => item()?.status === 'online';
  const status = createQuery(
    () => live.loaded && online() && { node: props.node },
    (from) => api('GET /nodes/{node}/status', from),
  );
  const version = createQuery(
    () => live.loaded && online() && { node: props.node },
    (from) => api('GET /nodes/{node}/version', from),
  );
  const accelerator = () => item()?.accelerator ?? status.data()?.accelerator;
  const reason = () => item()?.acceleratorReason ?? status.data()?.acceleratorReason ?? '';
  return (
    <div class="@container flex max-w-[90rem] flex-col gap-4">
      <Show when={item() && !online()}>
        <Notice tone="bad" icon={<TriangleAlert size={16} />}>
          {t('node.offline')}
        </Notice>
      </Show>
      <Show when={online() && accelerator() === 'tcg'}>
        <Notice tone="warn" icon={<TriangleAlert size={16} />}>
          <p class="font-medium">
            {reason() === ''
              ? t('node.noAcceleration')
              : t('node.noAccelerationBecause', { reason: reason() })}
          </p>
          <p class="text-muted">{t('node.noAccelerationHint')}</p>
        </Notice>
      </Show>
      <ErrorNote error={status.error()} retry={status.reload} />
      <div class="grid gap-4 @3xl:grid-cols-2">
        <Panel title={t('node.usage')}>
          <div class="flex flex-col gap-4">
            <Meter
              label={t('capacity.cpu')}
              share={item()?.cpu}
              text={t('capacity.cpuText', {
                share: percent(item()?.cpu),
                cores: tn('unit.cores', item()?.maxcpu ?? 0),
              })}
              calm
            />
            <Meter
              label={t('capacity.memory')}
              share={share(item()?.mem, item()?.maxmem)}
              text={t('common.of', { used: bytes(item()?.mem), total: bytes(item()?.maxmem) })}
            />
            <Show when={status.data()?.swap?.total ? status.data()?.swap : undefined}>
              {(swap) => (
                <Meter
                  label={t('node.swap')}
                  share={share(swap().used, swap().total)}
                  text={t('common.of', { used: bytes(swap().used), total: bytes(swap().total) })}
                />
              )}
            </Show>
            <Meter
              label={t('node.rootfs')}
              share={share(item()?.disk, item()?.maxdisk)}
              text={t('common.of', { used: bytes(item()?.disk), total: bytes(item()?.maxdisk) })}
            />
          </div>
        </Panel>
        <Panel title={t('node.facts')}>
          <Show when={status.data()} fallback={online() ? <Skeleton lines={7} /> : null}>
            {(data) => (
              <KeyValues
                facts={[
                  { name: t('guests.uptime'), value: duration(item()?.uptime ?? data().uptime) },
                  { name: t('node.load'), value: data().loadavg.join('  ') },
                  {
                    name: t('node.processor'),
                    value: t('node.processorText', {
                      model: data().cpuinfo.model,
                      threads: tn('node.threads', data().cpuinfo.cpus),
                      sockets: tn('node.sockets', data().cpuinfo.sockets),
                    }),
                  },
                  {
                    name: t('node.acceleration'),
                    value: (
                      <span class="inline-flex items-center gap-1.5">
                        <Show when={accelerator() === 'kvm'}>
                          <Zap size={14} class="text-ok" aria-hidden="true" />
                        </Show>
                        {accelerator() === 'kvm' ? t('node.kvm') : t('node.tcg')}
                      </span>
                    ),
                  },
                  {
                    name: t('node.kernel'),
                    value: `${data()['current-kernel'].sysname} ${data()['current-kernel'].release}`,
                  },
                  {
                    name: t('node.boot'),
                    value: data()['boot-info'].mode === 'efi' ? t('node.uefi') : t('node.bios'),
                  },
                  {
                    name: t('node.version'),
                    value: version.data() ? `${version.data()?.version} (${version.data()?.repoid})` : '–',
                  },
                ]}
              />
            )}
          </Show>
        </Panel>
      </div>
      <Show when={online()}>
        <MetricsPanel
          of={props.node}
          kind="node"
          read={(timeframe) => api('GET /nodes/{node}/rrddata', { node: props.node, timeframe })}
        />
      </Show>
    </div>
  );
}
