// A VM's hardware: what it has, what waits for a restart, and changing either.
import Cpu from 'lucide-solid/icons/cpu';
import Disc from 'lucide-solid/icons/disc-3';
import HardDrive from 'lucide-solid/icons/hard-drive';
import MemoryStick from 'lucide-solid/icons/memory-stick';
import Network from 'lucide-solid/icons/network';
import Settings from 'lucide-solid/icons/settings-2';
import Terminal from 'lucide-solid/icons/square-terminal';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { ErrorNote } from '../../components/error-note.tsx';
import { bytes, configSize } from '../../format/show.ts';
import { type PropertyString, renderProperties } from '../../forms/property-string.ts';
import { type DeviceKind, devicesOf, networkOf, type VmDevice } from '../../forms/vm-config.ts';
import { t, tn } from '../../i18n/index.ts';
import { AddButton, DevicePanel } from '../guest/device-panel.tsx';
import { DeviceButton, DeviceRow, EditButton, LimitRow } from '../guest/device-row.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { memorySetting } from '../guest/memory-setting.ts';
import { ResizeDialog } from '../guest/resize-dialog.tsx';
import { SettingList } from '../guest/setting-list.tsx';
import { SettingsDialog } from '../guest/settings-dialog.tsx';
import { AddDiskDialog, DiscDialog, NetworkDialog, RemoveVmDeviceDialog } from './hardware-dialogs.tsx';
import { machineSettings } from './machine-settings.ts';

type Open =
  | { readonly what: 'memory' | 'processor' | 'add-disk' | 'add-network' | 'add-disc' }
  | { readonly what: 'resize' | 'network' | 'disc' | 'remove'; readonly device: VmDevice };

const icons: Readonly<Record<DeviceKind, () => JSX.Element>> = {
  disk: () => <HardDrive size={16} />,
  cdrom: () => <Disc size={16} />,
  network: () => <Network size={16} />,
  serial: () => <Terminal size={16} />,
  efi: () => <Settings size={16} />,
  unused: () => <HardDrive size={16} />,
};

export default function HardwareTab() {
  const vm = useGuest();
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const lines = () => vm.config.data() ?? [];
  const devices = createMemo(() => devicesOf(lines()));

  return (
    <div class="flex max-w-4xl flex-col gap-4">
      <ErrorNote error={vm.config.error()} retry={vm.config.reload} />
      <DevicePanel
        title={t('hardware.devices')}
        lines={6}
        actions={
          <>
            <AddButton label={t('hardware.addDisk')} onClick={() => setOpen({ what: 'add-disk' })} />
            <AddButton label={t('hardware.addNetwork')} onClick={() => setOpen({ what: 'add-network' })} />
            <Show when={vm.config.data() && !devices().some((one) => one.kind === 'cdrom')}>
              <AddButton label={t('hardware.addDisc')} onClick={() => setOpen({ what: 'add-disc' })} />
            </Show>
          </>
        }
      >
        <LimitRow
          icon={<MemoryStick size={16} />}
          name={t('create.memory')}
          keys={['memory']}
          told={(setting) => bytes(Number(setting('memory') ?? 512) * 1024 ** 2)}
          onEdit={() => setOpen({ what: 'memory' })}
        />
        <LimitRow
          icon={<Cpu size={16} />}
          name={t('hardware.processor')}
          keys={['cores', 'sockets']}
          told={(setting) =>
            t('hardware.processorText', {
              cores: tn('unit.cores', Number(setting('cores') ?? 1)),
              sockets: tn('node.sockets', Number(setting('sockets') ?? 1)),
            })
          }
          onEdit={() => setOpen({ what: 'processor' })}
        />
        <For each={devices()}>
          {(device) => (
            <DeviceRow
              device={device}
              icon={icons[device.kind]()}
              name={t(`device.${device.kind}`)}
              told={(value) => deviceText(device.kind, value)}
            >
              <Show when={device.kind === 'disk' && device.current}>
                <DeviceButton
                  label={t('hardware.resize')}
                  name={t('hardware.resizeOne', { what: device.key })}
                  onClick={() => setOpen({ what: 'resize', device })}
                />
              </Show>
              <Show when={device.kind === 'cdrom'}>
                <DeviceButton
                  label={t('hardware.changeDisc')}
                  name={t('hardware.changeDiscOne', { what: device.key })}
                  onClick={() => setOpen({ what: 'disc', device })}
                />
              </Show>
              <Show when={device.kind === 'network'}>
                <EditButton what={device.key} onClick={() => setOpen({ what: 'network', device })} />
              </Show>
              <DeviceButton
                label={t(device.kind === 'disk' ? 'hardware.detach' : 'hardware.remove')}
                name={t(device.kind === 'disk' ? 'hardware.detachOne' : 'hardware.removeOne', {
                  what: device.key,
                })}
                onClick={() => setOpen({ what: 'remove', device })}
              />
            </DeviceRow>
          )}
        </For>
      </DevicePanel>
      <Show when={vm.config.data()}>
        <SettingList title={t('hardware.machine')} settings={machineSettings(lines)} />
      </Show>
      <Show when={open()} keyed>
        {(which) => {
          switch (which.what) {
            case 'memory':
              return (
                <SettingsDialog title={t('create.memory')} settings={[memorySetting()]} onClose={close} />
              );
            case 'processor':
              return (
                <SettingsDialog
                  title={t('hardware.processor')}
                  settings={processorSettings()}
                  onClose={close}
                />
              );
            case 'add-disk':
              return <AddDiskDialog onClose={close} />;
            case 'add-network':
              return <NetworkDialog onClose={close} />;
            case 'add-disc':
              return <DiscDialog onClose={close} />;
            case 'network':
              return <NetworkDialog device={which.device} onClose={close} />;
            case 'disc':
              return <DiscDialog device={which.device} onClose={close} />;
            case 'resize':
              return <ResizeDialog device={which.device} by="10" onClose={close} />;
            case 'remove':
              return <RemoveVmDeviceDialog device={which.device} onClose={close} />;
          }
        }}
      </Show>
    </div>
  );
}

function processorSettings() {
  return [
    { key: 'cores', label: t('hardware.coresPerSocket'), unset: '1' },
    { key: 'sockets', label: t('hardware.sockets'), unset: '1' },
  ];
}

function deviceText(kind: DeviceKind, value: PropertyString): string {
  switch (kind) {
    case 'network': {
      const { model, mac, bridge } = networkOf(value);
      return [model, bridge, mac].filter(Boolean).join(' · ');
    }
    case 'cdrom':
      return value.lead === 'none' ? t('hardware.noDisc') : value.lead;
    case 'disk':
    case 'efi':
      return [value.lead, configSize(value.options.get('size') ?? '')].filter(Boolean).join(' · ');
    default:
      return renderProperties(value);
  }
}
