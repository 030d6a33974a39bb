// The network interfaces of a node, and what its guests' cards have received and sent.
import { A } from '@solidjs/router';
import { For, Show } from 'solid-js';
import type { ApiMap } from '../../../server/contract/index.ts';
import type { GuestTraffic } from '../../../server/contract/node-network.ts';
import { api } from '../../api/client.ts';
import { Badge, EmptyState } from '../../components/panel.tsx';
import { bytes } from '../../format/show.ts';
import { t, tOr } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { hrefOf, labelOf } from '../../shell/tree-model.ts';
import { createNodeQuery } from './node-query.ts';
import { EdgeTable, ReadPanel, rowClass } from './tab-parts.tsx';

type Interface = ApiMap['GET /nodes/{node}/network']['reply'][number];

const inOrder = (list: readonly Interface[]) =>
  [...list].sort((a, b) => a.iface.localeCompare(b.iface, undefined, { numeric: true }));

const byGuest = (list: readonly GuestTraffic[]) =>
  [...list].sort(
    (a, b) => Number(a.vmid) - Number(b.vmid) || a.dev.localeCompare(b.dev, 'en', { numeric: true }),
  );

export default function NetworkTab(props: { node: string }) {
  const node = () => props.node;
  const interfaces = createNodeQuery({
    node,
    read: async (node) => inOrder(await api('GET /nodes/{node}/network', { node })),
  });
  const traffic = createNodeQuery({
    node,
    tasksOn: node,
    read: async (node) => byGuest(await api('GET /nodes/{node}/netstat', { node })),
  });
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <ReadPanel title={t('nodeNetwork.interfaces')} query={interfaces}>
        {(list) => (
          <Show when={list().length > 0} fallback={<EmptyState title={t('nodeNetwork.none')} />}>
            <EdgeTable
              label={t('nodeNetwork.interfaces')}
              head={
                <>
                  <th>{t('nodeNetwork.name')}</th>
                  <th>{t('nodeNetwork.state')}</th>
                  <th>{t('nodeNetwork.addresses')}</th>
                  <th class="max-lg:hidden">{t('nodeNetwork.gateway')}</th>
                  <th class="max-md:hidden">{t('nodeNetwork.ports')}</th>
                  <th class="max-xl:hidden">MTU</th>
                  <th class="max-xl:hidden">{t('nodeNetwork.atBoot')}</th>
                </>
              }
            >
              <For each={list()}>{(one) => <InterfaceRow item={one} />}</For>
            </EdgeTable>
          </Show>
        )}
      </ReadPanel>
      <ReadPanel title={t('nodeNetwork.traffic')} query={traffic} lines={3}>
        {(list) => (
          <Show when={list().length > 0} fallback={<EmptyState title={t('nodeNetwork.noTraffic')} />}>
            <p class="px-4 pb-3 text-sm text-muted">{t('nodeNetwork.trafficHint')}</p>
            <EdgeTable
              label={t('nodeNetwork.traffic')}
              head={
                <>
                  <th>{t('nodeNetwork.guest')}</th>
                  <th>{t('nodeNetwork.card')}</th>
                  <th>{t('nodeNetwork.received')}</th>
                  <th>{t('nodeNetwork.sent')}</th>
                </>
              }
            >
              <For each={list()}>{(one) => <TrafficRow item={one} />}</For>
            </EdgeTable>
          </Show>
        )}
      </ReadPanel>
    </div>
  );
}

/** A field that the list may have beside those that it always has. */
function textOf(item: Interface, name: string): string {
  const value = item[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function InterfaceRow(props: { item: Interface }) {
  const item = () => props.item;
  const addresses = () =>
    [item().cidr ?? item().address, item().cidr6 ?? item().address6].filter((one) => one !== undefined);
  const gateways = () => [item().gateway, item().gateway6].filter((one) => one !== undefined);
  const ports = () =>
    textOf(item(), 'bridge_ports') || textOf(item(), 'slaves') || textOf(item(), 'vlan-raw-device');
  return (
    <tr class={rowClass}>
      <td>
        <p class="font-medium break-all">{item().iface}</p>
        <p class="text-xs text-muted">{tOr(`nodeNetwork.kind.${item().type}`, item().type)}</p>
        <Show when={item().comments?.trim()}>
          {(text) => <p class="max-w-60 text-xs break-words text-muted">{text()}</p>}
        </Show>
      </td>
      <td>
        <Show
          when={item().exists !== 0 || item().active === 1}
          fallback={<Badge tone="warn">{t('nodeNetwork.missing')}</Badge>}
        >
          <Show when={item().active === 1} fallback={<Badge>{t('nodeNetwork.down')}</Badge>}>
            <Badge tone="ok">{t('nodeNetwork.up')}</Badge>
          </Show>
        </Show>
      </td>
      <td class="num break-all">
        <For each={addresses()} fallback={<span class="text-muted">–</span>}>
          {(one) => <p>{one}</p>}
        </For>
      </td>
      <td class="num text-muted max-lg:hidden">
        <For each={gateways()} fallback="–">
          {(one) => <p>{one}</p>}
        </For>
      </td>
      <td class="break-words text-muted max-md:hidden">{ports() || '–'}</td>
      <td class="num text-muted max-xl:hidden">{item().mtu ?? '–'}</td>
      <td class="text-muted max-xl:hidden">{t(item().autostart === 1 ? 'common.yes' : 'common.no')}</td>
    </tr>
  );
}

function TrafficRow(props: { item: GuestTraffic }) {
  const guest = () => guestOf(Number(props.item.vmid));
  return (
    <tr class={rowClass}>
      <td>
        <span class="num text-muted">{props.item.vmid}</span>{' '}
        <Show when={guest()}>
          {(one) => (
            <A href={hrefOf(one())} class="font-medium break-all hover:underline">
              {labelOf(one())}
            </A>
          )}
        </Show>
      </td>
      <td>{props.item.dev}</td>
      <td class="num">{bytes(Number(props.item.in))}</td>
      <td class="num">{bytes(Number(props.item.out))}</td>
    </tr>
  );
}
