// A container's network card in words.
import { For, Show } from 'solid-js';
import { Badge } from '../../components/panel.tsx';
import type { NicForm } from '../../forms/ct-net.ts';
import { t } from '../../i18n/index.ts';

/** All of it, in columns where there is room; `inline`: in one line, without what stays the same. */
export function NicText(props: { nic: NicForm; inline: boolean }) {
  return (
    <Show
      when={!props.inline}
      fallback={
        <>
          <span class="inline-flex gap-x-2">
            <ConnectionText nic={props.nic} />
            <span class="text-muted" aria-hidden="true">
              ·
            </span>
          </span>
          <span>{addressesOf(props.nic).join(' · ') || t('ct.nic.mode.none')}</span>
        </>
      }
    >
      <div class="grid gap-x-4 py-0.5 xl:grid-cols-[minmax(0,3fr)_minmax(0,4fr)_9rem] xl:items-center">
        <ConnectionText nic={props.nic} />
        <div>
          <Addresses nic={props.nic} />
        </div>
        <p class="font-mono text-xs text-muted">{props.nic.mac}</p>
      </div>
    </Show>
  );
}

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
export function Addresses(props: { nic: NicForm }) {
  return (
    <For each={addressesOf(props.nic)} fallback={<p class="text-muted">{t('ct.nic.mode.none')}</p>}>
      {(text) => <p class="[overflow-wrap:anywhere]">{text}</p>}
    </For>
  );
}

function addressesOf(nic: NicForm): string[] {
  const told = (mode: string, address: string, gateway: string, label: string) => {
    if (mode === 'none') return undefined;
    if (mode !== 'static') return `${label}: ${t(`ct.nic.mode.${mode as 'dhcp'}`)}`;
    return gateway === '' ? address : `${address} → ${gateway}`;
  };
  return [
    told(nic.ip4, nic.address4, nic.gateway4, t('ct.nic.ip4')),
    told(nic.ip6, nic.address6, nic.gateway6, t('ct.nic.ip6')),
  ].filter((one) => one !== undefined);
}
