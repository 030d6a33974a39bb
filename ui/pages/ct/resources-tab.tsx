// What a container may use: processor and memory, its file systems, devices of the node.
import Cpu from 'lucide-solid/icons/cpu';
import Folder from 'lucide-solid/icons/folder';
import HardDrive from 'lucide-solid/icons/hard-drive';
import MemoryStick from 'lucide-solid/icons/memory-stick';
import Usb from 'lucide-solid/icons/usb';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { ErrorNote } from '../../components/error-note.tsx';
import { configSize } from '../../format/show.ts';
import { type CtDevice, type CtDeviceKind, ctDevicesOf, devicePath } from '../../forms/ct-config.ts';
import { readMount, sourceOf } from '../../forms/ct-mount.ts';
import { settingOf } from '../../forms/guest-config.ts';
import type { PropertyString } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import { AddButton, DevicePanel } from '../guest/device-panel.tsx';
import { DeviceButton, DeviceRow, EditButton, LimitRow } from '../guest/device-row.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { MoveDialog } from '../guest/move-dialog.tsx';
import { ResizeDialog } from '../guest/resize-dialog.tsx';
import { SettingsDialog } from '../guest/settings-dialog.tsx';
import { AddDeviceDialog } from './device-dialog.tsx';
import { cpuSettings, cpuText, memorySettings, memoryText } from './limit-settings.ts';
import { AddMountDialog, EditMountDialog, MountAgainDialog } from './mount-dialogs.tsx';
import { RemoveCtDeviceDialog } from './volume-dialogs.tsx';

type Open =
  | { readonly what: 'memory' | 'cpu' | 'add-volume' | 'add-bind' | 'add-device' }
  | { readonly what: 'edit' | 'resize' | 'move' | 'mount' | 'remove'; readonly device: CtDevice };

const icons: Readonly<Record<CtDeviceKind, () => JSX.Element>> = {
  root: () => <HardDrive size={16} />,
  mount: () => <HardDrive size={16} />,
  bind: () => <Folder size={16} />,
  device: () => <Usb size={16} />,
  unused: () => <HardDrive size={16} />,
};

export default function ResourcesTab() {
  const ct = useGuest();
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const lines = () => ct.config.data() ?? [];
  const devices = createMemo(() => ctDevicesOf(lines()));
  const unprivileged = () => settingOf(lines(), 'unprivileged').current === '1';

  const Device = (props: { device: CtDevice }) => {
    const device = props.device;
    const volume = device.kind === 'root' || device.kind === 'mount';
    const button = (label: string, name: string, what: 'resize' | 'move' | 'mount' | 'remove') => (
      <DeviceButton label={label} name={name} onClick={() => setOpen({ what, device })} />
    );
    return (
      <DeviceRow
        device={device}
        icon={icons[device.kind]()}
        name={t(`ctDevice.${device.kind}`)}
        told={(value) => deviceText(device.kind, value, unprivileged())}
      >
        <Show when={device.kind !== 'unused' && device.kind !== 'device'}>
          <EditButton what={device.key} onClick={() => setOpen({ what: 'edit', device })} />
        </Show>
        <Show when={volume && device.current}>
          {button(t('hardware.resize'), t('hardware.resizeOne', { what: device.key }), 'resize')}
          {button(t('move.action'), t('move.what', { what: device.key }), 'move')}
        </Show>
        <Show when={device.kind === 'unused'}>
          {button(t('ct.mountAgain'), t('ct.mountAgainOne', { what: device.key }), 'mount')}
        </Show>
        <Show when={device.kind === 'mount'}>
          {button(t('hardware.detach'), t('hardware.detachOne', { what: device.key }), 'remove')}
        </Show>
        <Show when={device.kind !== 'mount' && device.kind !== 'root'}>
          {button(t('hardware.remove'), t('hardware.removeOne', { what: device.key }), 'remove')}
        </Show>
      </DeviceRow>
    );
  };
  const some = (kind: 'files' | 'devices') =>
    devices().filter((one) => (one.kind === 'device') === (kind === 'devices'));

  return (
    <div class="flex max-w-5xl flex-col gap-4">
      <ErrorNote error={ct.config.error()} retry={ct.config.reload} />
      <DevicePanel title={t('ct.limits')} lines={2}>
        <LimitRow
          icon={<Cpu size={16} />}
          name={t('ct.cpu')}
          keys={['cores', 'cpulimit', 'cpuunits']}
          told={cpuText}
          onEdit={() => setOpen({ what: 'cpu' })}
        />
        <LimitRow
          icon={<MemoryStick size={16} />}
          name={t('create.memory')}
          keys={['memory', 'swap']}
          told={memoryText}
          onEdit={() => setOpen({ what: 'memory' })}
        />
      </DevicePanel>
      <DevicePanel
        title={t('ct.volumes')}
        lines={3}
        actions={
          <>
            <AddButton label={t('ct.addVolume')} onClick={() => setOpen({ what: 'add-volume' })} />
            <AddButton label={t('ct.addBind')} onClick={() => setOpen({ what: 'add-bind' })} />
          </>
        }
      >
        <For each={some('files')}>{(device) => <Device device={device} />}</For>
      </DevicePanel>
      <DevicePanel
        title={t('ct.devices')}
        lines={3}
        actions={<AddButton label={t('ct.addDevice')} onClick={() => setOpen({ what: 'add-device' })} />}
      >
        <For
          each={some('devices')}
          fallback={<li class="px-4 py-3 text-sm text-muted">{t('ct.noDevices')}</li>}
        >
          {(device) => <Device device={device} />}
        </For>
      </DevicePanel>
      <Show when={open()} keyed>
        {(which) => {
          switch (which.what) {
            case 'memory':
              return (
                <SettingsDialog title={t('create.memory')} settings={memorySettings()} onClose={close} />
              );
            case 'cpu':
              return <SettingsDialog title={t('ct.cpu')} settings={cpuSettings()} onClose={close} />;
            case 'add-volume':
              return <AddMountDialog source="volume" onClose={close} />;
            case 'add-bind':
              return <AddMountDialog source="bind" onClose={close} />;
            case 'add-device':
              return <AddDeviceDialog onClose={close} />;
            case 'edit':
              return <EditMountDialog device={which.device} onClose={close} />;
            case 'resize':
              return <ResizeDialog device={which.device} by="4" onClose={close} />;
            case 'move':
              return (
                <MoveDialog
                  device={which.device}
                  source={sourceOf((which.device.current ?? which.device.wanted)!)}
                  onClose={close}
                />
              );
            case 'mount':
              return <MountAgainDialog device={which.device} onClose={close} />;
            case 'remove':
              return <RemoveCtDeviceDialog device={which.device} onClose={close} />;
          }
        }}
      </Show>
    </div>
  );
}

/** What a device is, in a line. */
function deviceText(kind: CtDeviceKind, value: PropertyString, unprivileged: boolean): string {
  if (kind === 'device') {
    const mode = value.options.get('mode');
    return [
      devicePath(value),
      mode === undefined ? undefined : t('ct.dev.modeText', { mode }),
      value.options.get('deny-write') === '1' ? t('ct.readOnlyText') : undefined,
    ]
      .filter(Boolean)
      .join(' · ');
  }
  const mount = readMount(value);
  const source = sourceOf(value);
  return [
    mount.target === '' ? source : t('ct.mountedAt', { source, target: mount.target }),
    configSize(value.options.get('size') ?? ''),
    mount.readOnly ? t('ct.readOnlyText') : undefined,
    kind === 'mount' && !mount.backup ? t('ct.noBackup') : undefined,
    kind === 'bind' && unprivileged
      ? t(mount.owners === 'node' ? 'ct.ownersNode' : 'ct.ownersOwn')
      : undefined,
  ]
    .filter(Boolean)
    .join(' · ');
}
