// A container at a glance: what it is, its root and addresses, beside what every guest's summary has.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createMemo, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Meter } from '../../components/meter.tsx';
import { Badge, Notice } from '../../components/panel.tsx';
import { bytes, share } from '../../format/show.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { t, tOr } from '../../i18n/index.ts';
import { createRate } from '../../live/rate.ts';
import { revision } from '../../live/store.ts';
import { addressesOf } from '../guest/addresses.ts';
import { useGuest } from '../guest/guest-context.ts';
import { Addresses, GuestSummary, usedOf } from '../guest/guest-summary.tsx';

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
  const noAddresses = () => {
    if (!running()) return t('ct.addressesOff');
    return interfaces.loading() ? t('common.loading') : (interfaces.error()?.message ?? t('ct.noAddresses'));
  };
  const warnings = () => status.data()?.warnings ?? [];
  return (
    <GuestSummary
      before={
        <>
          <Show when={warnings().length > 0}>
            <Notice tone="warn" icon={<TriangleAlert size={16} />}>
              <p class="font-medium">{t('ct.warnings')}</p>
              <ul>
                <For each={warnings()}>{(text) => <li class="text-muted">{text}</li>}</For>
              </ul>
            </Notice>
          </Show>
          <ErrorNote error={status.error()} retry={status.reload} />
        </>
      }
      meters={
        <Meter
          label={t('ct.root')}
          share={share(item().disk, item().maxdisk)}
          text={usedOf(item().disk || undefined, item().maxdisk)}
        />
      }
      measured={[{ name: t('ct.rates'), value: rates() }]}
      factsTitle={t('ct.facts')}
      facts={[
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
        { name: t('ct.addresses'), value: <Addresses addresses={addresses()} none={noAddresses()} /> },
      ]}
    />
  );
}
