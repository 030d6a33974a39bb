// PCI and USB devices of a node: what could be handed to a guest, and what it is.
import { createSignal, For, Show } from 'solid-js';
import type { PciDevice, UsbDevice } from '../../../server/contract/node-hardware.ts';
import { api } from '../../api/client.ts';
import { CheckField } from '../../components/field.tsx';
import { Badge, EmptyState } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { inUsbOrder, isHub, pciKind, pciName, usbName } from './device-kinds.ts';
import { createNodeQuery } from './node-query.ts';
import { EdgeTable, ReadPanel, rowClass } from './tab-parts.tsx';

export default function HardwareTab(props: { node: string }) {
  const node = () => props.node;
  const [all, setAll] = createSignal(false);
  const pci = createNodeQuery({
    node,
    with: all,
    // What is left out otherwise; an empty list leaves out nothing.
    read: (node, all) =>
      api('GET /nodes/{node}/hardware/pci', { node, ...(all ? { 'pci-class-blacklist': '' } : {}) }),
  });
  const usb = createNodeQuery({
    node,
    read: async (node) => inUsbOrder(await api('GET /nodes/{node}/hardware/usb', { node })),
  });
  return (
    <div class="flex max-w-6xl flex-col gap-4">
      <ReadPanel title={t('nodeHardware.pci')} query={pci}>
        {(list) => (
          <>
            <div class="px-4 pb-2">
              <CheckField label={t('nodeHardware.all')} checked={all()} onValue={setAll} />
            </div>
            <Show when={list().length > 0} fallback={<EmptyState title={t('nodeHardware.nonePci')} />}>
              <EdgeTable
                label={t('nodeHardware.pci')}
                head={
                  <>
                    <th>{t('nodeHardware.device')}</th>
                    <th class="max-sm:hidden">{t('nodeHardware.kind')}</th>
                    <th class="max-sm:hidden">{t('nodeHardware.address')}</th>
                    <th class="max-lg:hidden">{t('nodeHardware.numbers')}</th>
                    <th title={t('nodeHardware.groupHint')}>{t('nodeHardware.group')}</th>
                  </>
                }
              >
                <For each={list()}>{(one) => <PciRow device={one} />}</For>
              </EdgeTable>
            </Show>
          </>
        )}
      </ReadPanel>
      <ReadPanel title={t('nodeHardware.usb')} query={usb}>
        {(list) => (
          <Show when={list().length > 0} fallback={<EmptyState title={t('nodeHardware.noneUsb')} />}>
            <EdgeTable
              label={t('nodeHardware.usb')}
              head={
                <>
                  <th>{t('nodeHardware.device')}</th>
                  <th>{t('nodeHardware.port')}</th>
                  <th class="max-sm:hidden">{t('nodeHardware.numbers')}</th>
                  <th class="max-sm:hidden">{t('nodeHardware.speed')}</th>
                </>
              }
            >
              <For each={list()}>{(one) => <UsbRow device={one} />}</For>
            </EdgeTable>
          </Show>
        )}
      </ReadPanel>
    </div>
  );
}

function PciRow(props: { device: PciDevice }) {
  const device = () => props.device;
  const grouped = () => device().iommugroup !== undefined && device().iommugroup !== -1;
  const numbers = () => [device().vendor, device().device].filter(Boolean).join(' ');
  return (
    <tr class={rowClass}>
      <td>
        <p class="font-medium break-words">{pciName(device())}</p>
        <p class="text-xs text-muted sm:hidden">
          {t(pciKind(device().class))} · <span class="font-mono">{device().id}</span>
        </p>
        <Show when={device().mdev === 1}>
          <Badge tone="accent" title={t('nodeHardware.mediatedHint')}>
            {t('nodeHardware.mediated')}
          </Badge>
        </Show>
      </td>
      <td class="max-sm:hidden">{t(pciKind(device().class))}</td>
      <td class="font-mono text-xs max-sm:hidden">{device().id}</td>
      <td class="font-mono text-xs text-muted max-lg:hidden">{numbers()}</td>
      <td class="num">
        <Show
          when={grouped()}
          fallback={<Badge title={t('nodeHardware.noGroupHint')}>{t('nodeHardware.noGroup')}</Badge>}
        >
          {device().iommugroup}
        </Show>
      </td>
    </tr>
  );
}

function UsbRow(props: { device: UsbDevice }) {
  const device = () => props.device;
  const speed = () => {
    const mbit = Number(device().speed);
    return mbit >= 1000
      ? t('nodeHardware.gbit', { speed: mbit / 1000 })
      : t('nodeHardware.mbit', { speed: device().speed });
  };
  return (
    <tr class={rowClass}>
      <td>
        <p
          class={`break-words ${isHub(device()) ? 'text-muted' : 'font-medium'}`}
          style={{ 'padding-inline-start': `${Math.min(6, Math.max(0, device().level)) * 0.9}rem` }}
        >
          {usbName(device())} <Show when={isHub(device())}>{<Badge>{t('nodeHardware.hub')}</Badge>}</Show>
        </p>
      </td>
      <td class="num font-mono text-xs">
        {device().busnum}
        {device().usbpath === undefined ? '' : `-${device().usbpath}`}
      </td>
      <td class="font-mono text-xs text-muted max-sm:hidden">{`${device().vendid}:${device().prodid}`}</td>
      <td class="num text-muted max-sm:hidden">{speed()}</td>
    </tr>
  );
}
