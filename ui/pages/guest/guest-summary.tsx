// The summary of a guest: how much it uses, what it is, what was noted about it, its measurements.
import { type JSX, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { Meter } from '../../components/meter.tsx';
import { MetricsPanel } from '../../components/metrics-panel.tsx';
import { type Fact, KeyValues, Panel, Skeleton } from '../../components/panel.tsx';
import { bytes, duration, percent, share } from '../../format/show.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { t, tn } from '../../i18n/index.ts';
import { AddressList } from './address-list.tsx';
import { useGuest } from './guest-context.ts';

interface GuestSummaryProps {
  /** Above everything: what a person should know first. */
  before?: JSX.Element;
  /** More meters than those of processor and memory. */
  meters?: JSX.Element;
  /** Measured while it is on, before what it received and sent. */
  measured?: readonly Fact[];
  factsTitle: string;
  /** Between the node and whether it starts with it. */
  facts: readonly Fact[];
}

export function GuestSummary(props: GuestSummaryProps) {
  const guest = useGuest();
  const setting = (key: string) => settingOf(guest.config.data() ?? [], key).current;
  const { item } = guest;
  const on = () => item().status !== 'stopped';
  /** It uses nothing, ever. */
  const isTemplate = () => item().template === 1;
  const cores = () => tn('unit.cores', item().maxcpu ?? 0);
  return (
    <div class="@container flex max-w-[90rem] flex-col gap-4">
      {props.before}
      <div class="grid gap-4 @3xl:grid-cols-2">
        <Show when={!isTemplate()}>
          <Panel title={t('node.usage')}>
            <div class="flex flex-col gap-4">
              <Meter
                label={t('capacity.cpu')}
                share={on() ? item().cpu : 0}
                text={on() ? t('capacity.cpuText', { share: percent(item().cpu), cores: cores() }) : cores()}
                calm
              />
              <Meter
                label={t('capacity.memory')}
                share={on() ? share(item().mem, item().maxmem) : 0}
                text={usedOf(on() ? item().mem : undefined, item().maxmem)}
                calm
              />
              {props.meters}
              <KeyValues
                facts={[
                  { name: t('guests.uptime'), value: on() ? duration(item().uptime) : '–' },
                  ...(on()
                    ? [
                        ...(props.measured ?? []),
                        { name: t('vm.received'), value: bytes(item().netin) },
                        { name: t('vm.sent'), value: bytes(item().netout) },
                      ]
                    : []),
                ]}
              />
            </div>
          </Panel>
        </Show>
        <Panel title={props.factsTitle}>
          <Show when={guest.config.data()} fallback={guest.config.error() ? null : <Skeleton lines={6} />}>
            <KeyValues
              facts={[
                { name: t('create.node'), value: item().node },
                ...props.facts,
                ...(isTemplate()
                  ? []
                  : [
                      {
                        name: t('options.onboot'),
                        value: setting('onboot') === '1' ? t('common.yes') : t('common.no'),
                      },
                    ]),
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
      <Show when={!isTemplate()}>
        <MetricsPanel
          of={String(guest.place().vmid)}
          kind="guest"
          read={(timeframe) =>
            api(`GET /nodes/{node}/${guest.kind}/{vmid}/rrddata`, { ...guest.place(), timeframe })
          }
        />
      </Show>
    </div>
  );
}

/** Only the total when nothing is known to be used. */
export function usedOf(used: number | undefined, total: number | undefined): string {
  return used === undefined ? bytes(total) : t('common.of', { used: bytes(used), total: bytes(total) });
}

/** The addresses to be copied, or why there are none. */
export function Addresses(props: { addresses: readonly string[]; none: string }) {
  return (
    <Show when={props.addresses.length > 0} fallback={<span class="text-muted">{props.none}</span>}>
      <AddressList addresses={props.addresses} />
    </Show>
  );
}
