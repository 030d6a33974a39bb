// Taking a device away from a VM: a disk is detached, a volume that nothing uses is destroyed, all else is removed.
import type { DeviceKind, VmDevice } from '../../forms/vm-config.ts';
import { type Key, t } from '../../i18n/index.ts';
import { RemoveDeviceDialog } from '../guest/remove-device-dialog.tsx';

const text: Readonly<Partial<Record<DeviceKind, Key>>> = {
  disk: 'hardware.detachText',
  efi: 'vmDevice.efiRemoveText',
  tpm: 'vmDevice.tpmRemoveText',
};

/** Detaches a disk, which stays unused; destroys what nothing uses any more; removes all else. */
export function RemoveVmDeviceDialog(props: { device: VmDevice; onClose: () => void }) {
  const { key, kind, current, wanted } = props.device;
  return (
    <RemoveDeviceDialog
      deviceKey={key}
      does={kind === 'disk' ? 'detach' : kind === 'unused' ? 'destroy' : 'remove'}
      source={(current ?? wanted)?.lead ?? ''}
      text={t(text[kind] ?? 'hardware.removeText')}
      onClose={props.onClose}
    />
  );
}
