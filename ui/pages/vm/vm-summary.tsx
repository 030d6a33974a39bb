// A VM at a glance: how it is doing, what it is, its addresses, notes and measurements.
import { createMemo, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Meter } from '../../components/meter.tsx';
import { MetricsPanel } from '../../components/metrics-panel.tsx';
import { KeyValues, Panel, Skeleton } from '../../components/panel.tsx';
import { bytes, duration, percent, share } from '../../format/show.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { agentEnabled, devicesOf } from '../../forms/vm-config.ts';
import { t, tn } from '../../i18n/index.ts';
import { osName } from '../create-vm/create-form.tsx';
import { AddressList } from '../guest/address-list.tsx';
import { addressesOf } from '../guest/addresses.ts';
import { useGuest } from '../guest/guest-context.ts';

export function VmSummary() {
  const vm = useGuest();
  const lines = () => vm.config.data() ?? [];
  const setting = (key: string) => settingOf(lines(), key).current;
  const item = vm.item;
  const on = () => item().status !== 'stopped';
  const hasAgent = () => agentEnabled(setting('agent'));
  const interfaces = createQuery(
    () => item().status === 'running' && hasAgent() && vm.place(),
    (place) => api('GET /nodes/{node}/qemu/{vmid}/agent/network-get-interfaces', place),
  );
  const addresses = createMemo(() => addressesOf(interfaces.data()?.result));
  const disks = createMemo(() => devicesOf(lines()).filter((one) => one.kind === 'disk'));
  return (
    <div class="@container flex max-w-[90rem] flex-col gap-4">
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
            <KeyValues
              facts={[
                { name: t('guests.uptime'), value: on() ? duration(item().uptime) : '–' },
                on() ? { name: t('vm.received'), value: bytes(item().netin) } : undefined,
                on() ? { name: t('vm.sent'), value: bytes(item().netout) } : undefined,
              ]}
            />
          </div>
        </Panel>
        <Panel title={t('vm.facts')}>
          <Show when={vm.config.data()} fallback={vm.config.error() ? null : <Skeleton lines={6} />}>
            <KeyValues
              facts={[
                { name: t('create.node'), value: item().node },
                { name: t('create.ostype'), value: osName(setting('ostype') ?? 'other') },
                {
                  name: t('node.acceleration'),
                  value: !on()
                    ? '–'
                    : item().accelerator === 'tcg'
                      ? t('node.tcg')
                      : item().accelerator === 'kvm'
                        ? t('node.kvm')
                        : '–',
                },
                {
                  name: t('vm.disks'),
                  value: (
                    <Show when={disks().length > 0} fallback={t('create.noDisk')}>
                      <ul>
                        <For each={disks()}>
                          {(disk) => (
                            <li class="break-all">
                              {disk.key} · {disk.wanted?.options.get('size') ?? '–'}
                            </li>
                          )}
                        </For>
                      </ul>
                    </Show>
                  ),
                },
                {
                  name: t('vm.addresses'),
                  value: (
                    <Show
                      when={addresses().length > 0}
                      fallback={
                        <span class="text-muted">
                          {!on()
                            ? '–'
                            : !hasAgent()
                              ? t('vm.noAgent')
                              : interfaces.loading()
                                ? t('common.loading')
                                : t('vm.agentSilent')}
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
        of={String(vm.place().vmid)}
        kind="guest"
        read={(timeframe) => api('GET /nodes/{node}/qemu/{vmid}/rrddata', { ...vm.place(), timeframe })}
      />
    </div>
  );
}
