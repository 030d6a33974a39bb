// A VM's hardware: what it has, what waits for a restart, and changing either.
import Cpu from 'lucide-solid/icons/cpu';
import Disc from 'lucide-solid/icons/disc-3';
import HardDrive from 'lucide-solid/icons/hard-drive';
import MemoryStick from 'lucide-solid/icons/memory-stick';
import Network from 'lucide-solid/icons/network';
import Settings from 'lucide-solid/icons/settings-2';
import Terminal from 'lucide-solid/icons/square-terminal';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { bytes } from '../../format/show.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { renderProperties } from '../../forms/property-string.ts';
import { type DeviceKind, devicesOf, networkOf, type VmDevice } from '../../forms/vm-config.ts';
import { t, tn } from '../../i18n/index.ts';
import { AddButton, DevicePanel } from '../guest/device-panel.tsx';
import { DeviceRow, EditButton } from '../guest/device-row.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { memorySetting } from '../guest/memory-setting.ts';
import { ResizeDialog } from '../guest/resize-dialog.tsx';
import { SettingsDialog } from '../guest/settings-dialog.tsx';
import { AddDiskDialog, DiscDialog, NetworkDialog, RemoveVmDeviceDialog } from './hardware-dialogs.tsx';

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

  const memory = () => settingOf(lines(), 'memory');
  const cores = () => settingOf(lines(), 'cores');
  const sockets = () => settingOf(lines(), 'sockets');
  const cpuText = (which: 'current' | 'wanted') =>
    t('hardware.processorText', {
      cores: tn('unit.cores', Number(cores()[which] ?? 1)),
      sockets: tn('node.sockets', Number(sockets()[which] ?? 1)),
    });

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
        <DeviceRow
          icon={<MemoryStick size={16} />}
          name={t('create.memory')}
          text={bytes(Number(memory().current ?? 512) * 1024 ** 2)}
          later={memory().pending ? bytes(Number(memory().wanted ?? 512) * 1024 ** 2) : undefined}
          keys={['memory']}
        >
          <EditButton what={t('create.memory')} onClick={() => setOpen({ what: 'memory' })} />
        </DeviceRow>
        <DeviceRow
          icon={<Cpu size={16} />}
          name={t('hardware.processor')}
          text={cpuText('current')}
          later={cores().pending || sockets().pending ? cpuText('wanted') : undefined}
          keys={['cores', 'sockets']}
        >
          <EditButton what={t('hardware.processor')} onClick={() => setOpen({ what: 'processor' })} />
        </DeviceRow>
        <For each={devices()}>
          {(device) => (
            <DeviceRow
              icon={icons[device.kind]()}
              name={t(`device.${device.kind}`)}
              keyName={device.key}
              text={device.current ? textOf(device, 'current') : t('hardware.notYet')}
              later={
                device.pending
                  ? device.wanted
                    ? textOf(device, 'wanted')
                    : t('hardware.willBeRemoved')
                  : undefined
              }
              keys={[device.key]}
            >
              <Show when={device.kind === 'disk' && device.current}>
                <Button
                  look="ghost"
                  aria-label={t('hardware.resizeOne', { what: device.key })}
                  onClick={() => setOpen({ what: 'resize', device })}
                >
                  {t('hardware.resize')}
                </Button>
              </Show>
              <Show when={device.kind === 'cdrom'}>
                <Button
                  look="ghost"
                  aria-label={t('hardware.changeDiscOne', { what: device.key })}
                  onClick={() => setOpen({ what: 'disc', device })}
                >
                  {t('hardware.changeDisc')}
                </Button>
              </Show>
              <Show when={device.kind === 'network'}>
                <EditButton what={device.key} onClick={() => setOpen({ what: 'network', device })} />
              </Show>
              <Button
                look="ghost"
                aria-label={t(device.kind === 'disk' ? 'hardware.detachOne' : 'hardware.removeOne', {
                  what: device.key,
                })}
                onClick={() => setOpen({ what: 'remove', device })}
              >
                {device.kind === 'disk' ? t('hardware.detach') : t('hardware.remove')}
              </Button>
            </DeviceRow>
          )}
        </For>
      </DevicePanel>
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

function textOf(device: VmDevice, which: 'current' | 'wanted'): string {
  const value = device[which];
  if (!value) return '';
  switch (device.kind) {
    case 'network': {
      const { model, mac, bridge } = networkOf(value);
      return [model, bridge, mac].filter(Boolean).join(' · ');
    }
    case 'cdrom':
      return value.lead === 'none' ? t('hardware.noDisc') : value.lead;
    case 'disk':
    case 'efi':
      return [value.lead, value.options.get('size')].filter(Boolean).join(' · ');
    default:
      return renderProperties(value);
  }
}
