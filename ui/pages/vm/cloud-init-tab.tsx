// What a VM is told by its cloud-init drive: the drive, access, system, network, files of its own, and what waits for the next image.
import Disc from 'lucide-solid/icons/disc-3';
import NetworkIcon from 'lucide-solid/icons/network';
import { createMemo, createSignal, For, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { EmptyState, Panel, Skeleton } from '../../components/panel.tsx';
import {
  type CloudInitCard,
  cloudInitCards,
  cloudInitDrive,
  isAskedByDefault,
  readIpConfig,
} from '../../forms/cloud-init.ts';
import { t } from '../../i18n/index.ts';
import { DevicePanel } from '../guest/device-panel.tsx';
import { LimitRow } from '../guest/device-row.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { SettingList } from '../guest/setting-list.tsx';
import { AddressDialog } from './cloud-init-address.tsx';
import { AddDriveDialog, DumpDialog, RegenerateNotice } from './cloud-init-drive.tsx';
import { accessSettings, systemSettings } from './cloud-init-settings.tsx';

type Open = 'add' | 'dump' | CloudInitCard;

export default function CloudInitTab() {
  const vm = useGuest();
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  return (
    <div class="flex max-w-4xl flex-col gap-4">
      <DrivePanel onAdd={() => setOpen('add')} onDump={() => setOpen('dump')} />
      <Show when={vm.config.data()}>
        <SettingList title={t('cloudInit.access')} settings={accessSettings()} />
        <CardsPanel onEdit={(card) => setOpen(card)} />
        <SettingList title={t('cloudInit.system')} settings={systemSettings()} />
      </Show>
      <Show when={open()} keyed>
        {(which) => {
          if (which === 'add') return <AddDriveDialog onClose={close} />;
          if (which === 'dump') return <DumpDialog onClose={close} />;
          return <AddressDialog card={which} onClose={close} />;
        }}
      </Show>
    </div>
  );
}

function DrivePanel(props: { onAdd: () => void; onDump: () => void }) {
  const vm = useGuest();
  const drive = createMemo(() => cloudInitDrive(vm.config.data() ?? []));
  const state = () => {
    if (drive()?.current === undefined) return t('cloudInit.driveComes');
    return drive()?.wanted === undefined ? t('cloudInit.driveGoes') : undefined;
  };
  return (
    <>
      <ErrorNote error={vm.config.error()} retry={vm.config.reload} />
      <Show
        when={vm.config.data()}
        fallback={<Show when={!vm.config.error()}>{<Skeleton lines={6} />}</Show>}
      >
        <Show
          when={drive()}
          fallback={
            <Panel>
              <EmptyState
                icon={<Disc size={26} />}
                title={t('cloudInit.noDrive')}
                text={t('cloudInit.noDriveHint')}
              >
                <div class="mt-2 flex flex-wrap justify-center gap-2">
                  <Button look="primary" onClick={props.onAdd}>
                    {t('cloudInit.addDrive')}
                  </Button>
                  <Button onClick={props.onDump}>{t('cloudInit.dump')}</Button>
                </div>
              </EmptyState>
            </Panel>
          }
        >
          {(found) => (
            <Panel
              title={t('cloudInit.drive')}
              actions={<Button onClick={props.onDump}>{t('cloudInit.dump')}</Button>}
            >
              <p class="text-sm [overflow-wrap:anywhere]">
                <span class="font-mono text-xs text-muted">{found().key}</span>{' '}
                {(found().wanted ?? found().current)?.lead}
              </p>
              <Show
                when={state()}
                fallback={<p class="mt-1 text-sm text-muted">{t('cloudInit.driveHint')}</p>}
              >
                {(text) => <p class="mt-1 text-sm text-warn">{text()}</p>}
              </Show>
            </Panel>
          )}
        </Show>
        <Show when={drive()?.current}>
          <RegenerateNotice />
        </Show>
      </Show>
    </>
  );
}

function CardsPanel(props: { onEdit: (card: CloudInitCard) => void }) {
  const vm = useGuest();
  const lines = () => vm.config.data() ?? [];
  const cards = createMemo(() => cloudInitCards(lines()));
  const told = (card: CloudInitCard, which: 'current' | 'wanted', text: string | undefined) => {
    if (text === undefined)
      return isAskedByDefault(lines(), which, card.index)
        ? t('cloudInit.addressDefault')
        : t('cloudInit.addressNone');
    return addressText(text) || t('cloudInit.addressDefault');
  };
  return (
    <DevicePanel title={t('cloudInit.network')} lines={2}>
      <For
        each={cards()}
        fallback={
          <li>
            <EmptyState icon={<NetworkIcon size={26} />} title={t('cloudInit.noCards')} />
          </li>
        }
      >
        {(card) => (
          <LimitRow
            icon={<NetworkIcon size={16} />}
            name={card.exists ? `net${card.index}` : t('cloudInit.cardGone', { card: `net${card.index}` })}
            keys={[`ipconfig${card.index}`]}
            told={(setting, which) => told(card, which, setting(`ipconfig${card.index}`))}
            onEdit={() => props.onEdit(card)}
          />
        )}
      </For>
    </DevicePanel>
  );
}

/** What is set up on a card, both versions; empty where nothing is. */
function addressText(text: string): string {
  const { ip4, address4, gateway4, ip6, address6, gateway6 } = readIpConfig(text);
  const fixed = (address: string, gateway: string) =>
    gateway === '' ? address : t('cloudInit.addressVia', { address, gateway });
  const four = ip4 === 'static' ? fixed(address4, gateway4) : ip4 === 'dhcp' ? t('ct.nic.mode.dhcp') : '';
  const six =
    ip6 === 'static'
      ? fixed(address6, gateway6)
      : ip6 === 'dhcp' || ip6 === 'auto'
        ? t(`ct.nic.mode.${ip6}`)
        : '';
  return [
    four === '' ? '' : t('cloudInit.address4', { text: four }),
    six === '' ? '' : t('cloudInit.address6', { text: six }),
  ]
    .filter(Boolean)
    .join(' · ');
}
