// How a node is doing: what it uses, what it is, and its measurements over time.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import Zap from 'lucide-solid/icons/zap';
import { Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Meter } from '../../components/meter.tsx';
import { MetricsPanel } from '../../components/metrics-panel.tsx';
import { KeyValues, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { bytes, duration, percent, share } from '../../format/show.ts';
import { t, tn } from '../../i18n/index.ts';
import { nodeOf } from '../../live/store.ts';
import { createNodeQuery } from './node-query.ts';

export default function SummaryTab(props: { node: string }) {
  const node = () => props.node;
  const item = () => nodeOf(props.node);
  const online = () => item()?.status === 'online';
  const status = createNodeQuery({ node, read: (node) => api('GET /nodes/{node}/status', { node }) });
  const version = createNodeQuery({ node, read: (node) => api('GET /nodes/{node}/version', { node }) });
  const accelerator = () => item()?.accelerator ?? status.data()?.accelerator;
  const reason = () => item()?.acceleratorReason ?? status.data()?.acceleratorReason ?? '';
  const boot = (info: { mode: 'efi' | 'legacy-bios'; secureboot?: 0 | 1 | undefined }) => {
    if (info.mode !== 'efi') return t('node.bios');
    return t(info.secureboot === 1 ? 'node.secureBoot' : 'node.uefi');
  };
  return (
    <div class="@container flex max-w-[90rem] flex-col gap-4">
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
            <Show when={status.data()?.wait !== undefined}>
              <Meter label={t('node.waiting')} share={status.data()?.wait} />
            </Show>
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
          <Show when={status.data()} fallback={online() ? <Skeleton lines={8} /> : null}>
            {(data) => (
              <KeyValues
                facts={[
                  { name: t('guests.uptime'), value: duration(item()?.uptime ?? data().uptime) },
                  { name: t('node.load'), value: data().loadavg.join(', ') },
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
                      <span class="flex items-center gap-1.5">
                        <Show when={accelerator() === 'kvm'}>
                          <Zap size={14} class="text-ok" aria-hidden="true" />
                        </Show>
                        {accelerator() === 'kvm' ? t('node.kvm') : t('node.tcg')}
                      </span>
                    ),
                  },
                  {
                    name: t('node.kernel'),
                    value: `${data()['current-kernel'].sysname} ${data()['current-kernel'].release} (${data()['current-kernel'].machine})`,
                  },
                  { name: t('node.boot'), value: boot(data()['boot-info']) },
                  data().ksm?.shared
                    ? { name: t('node.sharedMemory'), value: bytes(data().ksm?.shared) }
                    : undefined,
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
