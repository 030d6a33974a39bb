// A container's network card in words.
import { For, Show } from 'solid-js';
import { Badge } from '../../components/panel.tsx';
import type { NicForm } from '../../forms/ct-net.ts';
import { t } from '../../i18n/index.ts';

/** What it is plugged into. */
export function ConnectionText(props: { nic: NicForm }) {
  const parts = () => {
    const { nic } = props;
    return [
      nic.connection === 'routed' ? t('ct.nic.routed') : nic.bridge || t('ct.nic.nothing'),
      nic.tag === '' ? '' : t('ct.nic.tagText', { tag: nic.tag }),
      nic.rate === '' ? '' : t('ct.nic.rateText', { rate: nic.rate }),
    ].filter(Boolean);
  };
  return (
    <span class="inline-flex flex-wrap items-center gap-x-1.5">
      {parts().join(' · ')}
      <Show when={props.nic.unplugged}>
        <Badge tone="warn">{t('ct.nic.unplugged')}</Badge>
      </Show>
      <Show when={props.nic.firewall}>
        <Badge>{t('ct.nic.firewall')}</Badge>
      </Show>
    </span>
  );
}

/** How it comes by its addresses, in a line for each kind. */
export function Addresses(props: { nic: NicForm; inline?: boolean }) {
  const line = (mode: string, address: string, gateway: string, label: string) =>
    mode === 'none'
      ? undefined
      : mode === 'static'
        ? gateway === ''
          ? address
          : `${address} → ${gateway}`
        : `${label}: ${t(`ct.nic.mode.${mode as 'dhcp'}`)}`;
  const lines = () =>
    [
      line(props.nic.ip4, props.nic.address4, props.nic.gateway4, t('ct.nic.ip4')),
      line(props.nic.ip6, props.nic.address6, props.nic.gateway6, t('ct.nic.ip6')),
    ].filter((one) => one !== undefined);
  return (
    <Show
      when={!props.inline}
      fallback={<span class="[overflow-wrap:anywhere]">{lines().join(' · ') || t('ct.nic.mode.none')}</span>}
    >
      <For each={lines()} fallback={<span class="text-muted">{t('ct.nic.mode.none')}</span>}>
        {(text) => <p class="[overflow-wrap:anywhere]">{text}</p>}
      </For>
    </Show>
  );
}
