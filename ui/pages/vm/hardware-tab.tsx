// A VM's hardware: what it has, what waits for a restart, and changing either.
import Binary from 'lucide-solid/icons/binary';
import Cpu from 'lucide-solid/icons/cpu';
import Disc from 'lucide-solid/icons/disc-3';
import HardDrive from 'lucide-solid/icons/hard-drive';
import KeyRound from 'lucide-solid/icons/key-round';
import MemoryStick from 'lucide-solid/icons/memory-stick';
import Network from 'lucide-solid/icons/network';
import Settings from 'lucide-solid/icons/settings-2';
import Terminal from 'lucide-solid/icons/square-terminal';
import Timer from 'lucide-solid/icons/timer';
import Volume from 'lucide-solid/icons/volume-2';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { ErrorNote } from '../../components/error-note.tsx';
import { type DeviceKind, devicesOf, type VmDevice } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { AddButton, DevicePanel } from '../guest/device-panel.tsx';
import { DeviceRow, LimitRow } from '../guest/device-row.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { ResizeDialog } from '../guest/resize-dialog.tsx';
import { SettingList } from '../guest/setting-list.tsx';
import { type Addable, AddDeviceMenu } from './add-device-menu.tsx';
import { type DeviceAction, DeviceActions } from './device-actions.tsx';
import { deviceText, memoryText, processorText } from './device-text.ts';
import { DiscDialog } from './disc-dialog.tsx';
import { AddDiskDialog, AttachDiskDialog, EditDiskDialog } from './disk-dialogs.tsx';
import { createDiskPlaces } from './disk-place.tsx';
import { EfiDiskDialog, TpmDialog } from './firmware-dialogs.tsx';
import { machineSettings } from './machine-settings.ts';
import { MemoryDialog, memoryKeys } from './memory-dialog.tsx';
import { NicDialog } from './nic-dialog.tsx';
import { ProcessorDialog, processorKeys } from './processor-dialog.tsx';
import { RemoveVmDeviceDialog } from './remove-vm-device-dialog.tsx';
import { AudioDialog, RngDialog, SerialDialog, WatchdogDialog } from './small-device-dialogs.tsx';

type Open =
  | { readonly what: 'memory' | 'processor' | 'add-disk' | 'add-network' }
  | { readonly what: 'add'; readonly kind: Addable }
  | { readonly what: DeviceAction; readonly device: VmDevice };

const icons: Readonly<Record<DeviceKind, () => JSX.Element>> = {
  disk: () => <HardDrive size={16} />,
  cdrom: () => <Disc size={16} />,
  network: () => <Network size={16} />,
  serial: () => <Terminal size={16} />,
  efi: () => <Settings size={16} />,
  tpm: () => <KeyRound size={16} />,
  rng: () => <Binary size={16} />,
  watchdog: () => <Timer size={16} />,
  audio: () => <Volume size={16} />,
  unused: () => <HardDrive size={16} />,
};

export default function HardwareTab() {
  const vm = useGuest();
  const [open, setOpen] = createSignal<Open>();
  const places = createDiskPlaces();
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
            <AddDeviceMenu onAdd={(kind) => setOpen({ what: 'add', kind })} />
          </>
        }
      >
        <LimitRow
          icon={<MemoryStick size={16} />}
          name={t('create.memory')}
          keys={memoryKeys}
          told={memoryText}
          onEdit={() => setOpen({ what: 'memory' })}
        />
        <LimitRow
          icon={<Cpu size={16} />}
          name={t('hardware.processor')}
          keys={processorKeys}
          told={processorText}
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
              <DeviceActions device={device} onAct={(what) => setOpen({ what, device })}>
                {places.buttons(device)}
              </DeviceActions>
            </DeviceRow>
          )}
        </For>
      </DevicePanel>
      <Show when={vm.config.data()}>
        <SettingList title={t('hardware.machine')} settings={machineSettings()} />
      </Show>
      {places.dialogs()}
      <Show when={open()} keyed>
        {(which) => <OpenDialog open={which} onClose={() => setOpen(undefined)} />}
      </Show>
    </div>
  );
}

function OpenDialog(props: { open: Open; onClose: () => void }) {
  const { open } = props;
  switch (open.what) {
    case 'memory':
      return <MemoryDialog onClose={props.onClose} />;
    case 'processor':
      return <ProcessorDialog onClose={props.onClose} />;
    case 'add-disk':
      return <AddDiskDialog onClose={props.onClose} />;
    case 'add-network':
      return <NicDialog onClose={props.onClose} />;
    case 'add':
      return <SmallDialog kind={open.kind} onClose={props.onClose} />;
    case 'edit':
      if (open.device.kind === 'disk') return <EditDiskDialog device={open.device} onClose={props.onClose} />;
      if (open.device.kind === 'network') return <NicDialog device={open.device} onClose={props.onClose} />;
      return <SmallDialog kind={open.device.kind as Addable} device={open.device} onClose={props.onClose} />;
    case 'attach':
      return <AttachDiskDialog device={open.device} onClose={props.onClose} />;
    case 'disc':
      return <DiscDialog device={open.device} onClose={props.onClose} />;
    case 'resize':
      return <ResizeDialog device={open.device} by="10" onClose={props.onClose} />;
    case 'remove':
      return <RemoveVmDeviceDialog device={open.device} onClose={props.onClose} />;
  }
}

/** What is added by the menu; `device`: changes that one instead. */
function SmallDialog(props: { kind: Addable; device?: VmDevice; onClose: () => void }) {
  switch (props.kind) {
    case 'cdrom':
      return <DiscDialog onClose={props.onClose} />;
    case 'serial':
      return <SerialDialog onClose={props.onClose} />;
    case 'efi':
      return <EfiDiskDialog onClose={props.onClose} />;
    case 'tpm':
      return <TpmDialog onClose={props.onClose} />;
    case 'rng':
      return <RngDialog {...props} />;
    case 'watchdog':
      return <WatchdogDialog {...props} />;
    case 'audio':
      return <AudioDialog {...props} />;
  }
}
