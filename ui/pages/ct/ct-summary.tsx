// A container at a glance: how it is doing, what it is, its addresses, notes and measurements.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Meter } from '../../components/meter.tsx';
import { MetricsPanel } from '../../components/metrics-panel.tsx';
import { Badge, KeyValues, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { bytes, duration, percent, share } from '../../format/show.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { t, tn, tOr } from '../../i18n/index.ts';
import { createRate } from '../../live/rate.ts';
import { revision } from '../../live/store.ts';
import { AddressList } from '../guest/address-list.tsx';
import { addressesOf } from '../guest/addresses.ts';
import { useGuest } from '../guest/guest-context.ts';

/** Addresses come a moment after the start: they are asked for again when the container is this old, in seconds. */
const addressAges = [3, 10, 30];

export function CtSummary() {
  const ct = useGuest();
  const item = ct.item;
  const setting = (key: string) => settingOf(ct.config.data() ?? [], key).current;
  const on = () => item().status !== 'stopped';
  const running = () => item().status === 'running';
  const round = createMemo(() => addressAges.filter((age) => (item().uptime ?? 0) >= age).length);
  const here = () => ({
    ...ct.place(),
    on: on(),
    revision: revision(`/vms/${ct.place().vmid}`, `${ct.place().node}/${ct.place().vmid}`),
  });
  const status = createQuery(here, ({ node, vmid }) =>
    api('GET /nodes/{node}/lxc/{vmid}/status/current', { node, vmid }),
  );
  const interfaces = createQuery(
    () => running() && { ...here(), round: round() },
    ({ node, vmid }) => api('GET /nodes/{node}/lxc/{vmid}/interfaces', { node, vmid }),
  );
  const addresses = createMemo(() => (running() ? addressesOf(interfaces.data()) : []));
  const sampled = () => item().uptime;
  const inRate = createRate(sampled, () => item().netin);
  const outRate = createRate(sampled, () => item().netout);
  const rates = () => {
    const [received, sent] = [inRate(), outRate()];
    return received === undefined || sent === undefined
      ? '–'
      : t('ct.ratesText', { in: bytes(received), out: bytes(sent) });
  };
  const privileged = () => ct.config.data() !== undefined && setting('unprivileged') !== '1';
  const swapMib = () => Number(setting('swap') ?? 512);
  return (
    <div class="@container flex max-w-[90rem] flex-col gap-4">
      <Show when={(status.data()?.warnings?.length ?? 0) > 0}>
        <Notice tone="warn" icon={<TriangleAlert size={16} />}>
          <p class="font-medium">{t('ct.warnings')}</p>
          <ul>
            <For each={status.data()?.warnings}>{(text) => <li class="text-muted">{text}</li>}</For>
          </ul>
        </Notice>
      </Show>
      <ErrorNote error={status.error()} retry={status.reload} />
      <div class="grid gap-4 @3xl:grid-cols-2">
        <Panel title={t('node.usage')}>
          <div class="flex flex-col gap-4">
            <Meter
              label={t('capacity.cpu')}
              share={on() ? item().cpu : 0}
              text={
                on()
                  ? t('capacity.cpuText', {
                      share: percent(item().cpu),
                      cores: tn('unit.cores', item().maxcpu ?? 0),
                    })
                  : tn('unit.cores', item().maxcpu ?? 0)
              }
              calm
            />
            <Meter
              label={t('capacity.memory')}
              share={on() ? share(item().mem, item().maxmem) : 0}
              text={
                on()
                  ? t('common.of', { used: bytes(item().mem), total: bytes(item().maxmem) })
                  : bytes(item().maxmem)
              }
              calm
            />
            <Meter
              label={t('ct.root')}
              share={share(item().disk, item().maxdisk)}
              text={
                item().disk
                  ? t('common.of', { used: bytes(item().disk), total: bytes(item().maxdisk) })
                  : bytes(item().maxdisk)
              }
            />
            <KeyValues
              facts={[
                { name: t('guests.uptime'), value: on() ? duration(item().uptime) : '–' },
                on()
                  ? {
                      name: t('ct.rates'),
                      value: rates(),
                    }
                  : undefined,
                on() ? { name: t('vm.received'), value: bytes(item().netin) } : undefined,
                on() ? { name: t('vm.sent'), value: bytes(item().netout) } : undefined,
              ]}
            />
          </div>
        </Panel>
        <Panel title={t('ct.facts')}>
          <Show when={ct.config.data()} fallback={ct.config.error() ? null : <Skeleton lines={6} />}>
            <KeyValues
              facts={[
                { name: t('create.node'), value: item().node },
                {
                  name: t('ct.opt.ostype'),
                  value: tOr(`ctOs.${setting('ostype') ?? 'unmanaged'}`, setting('ostype') ?? '–'),
                },
                {
                  name: t('ct.isolation'),
                  value: (
                    <Show when={privileged()} fallback={t('ct.unprivilegedText')}>
                      <Badge tone="warn">{t('ct.privileged')}</Badge>
                      <p class="text-muted">{t('ct.privilegedHint')}</p>
                    </Show>
                  ),
                },
                {
                  name: t('ct.swap'),
                  value: swapMib() === 0 ? t('ct.noSwap') : bytes(swapMib() * 1024 ** 2),
                },
                {
                  name: t('ct.addresses'),
                  value: (
                    <Show
                      when={addresses().length > 0}
                      fallback={
                        <span class="text-muted">
                          {!running()
                            ? t('ct.addressesOff')
                            : interfaces.loading()
                              ? t('common.loading')
                              : (interfaces.error()?.message ?? t('ct.noAddresses'))}
                        </span>
                      }
                    >
                      <AddressList addresses={addresses()} />
                    </Show>
                  ),
                },
                {
                  name: t('options.onboot'),
                  value: setting('onboot') === '1' ? t('common.yes') : t('common.no'),
                },
              ]}
            />
          </Show>
        </Panel>
      </div>
      <Show when={setting('description')}>
        {(text) => (
          <Panel title={t('options.description')}>
            <p class="text-sm break-words whitespace-pre-wrap">{text()}</p>
          </Panel>
        )}
      </Show>
      <MetricsPanel
        of={String(ct.place().vmid)}
        kind="guest"
        read={(timeframe) => api('GET /nodes/{node}/lxc/{vmid}/rrddata', { ...ct.place(), timeframe })}
      />
    </div>
  );
}
