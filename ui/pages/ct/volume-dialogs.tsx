// The dialog that detaches or removes what a container has mounted.
import { type CtDevice, devicePath } from '../../forms/ct-config.ts';
import { sourceOf } from '../../forms/ct-mount.ts';
import { parseProperties } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import { RemoveDeviceDialog } from '../guest/remove-device-dialog.tsx';

interface DialogProps {
  device: CtDevice;
  onClose: () => void;
}

const shownValue = (device: CtDevice) => device.current ?? device.wanted ?? parseProperties('');

const texts = {
  mount: 'ct.detachText',
  bind: 'ct.unbindText',
  device: 'ct.undeviceText',
} as const;

/** Detaches a volume, which stays unused; unmounts a folder; takes a device away; destroys an unused volume. */
export function RemoveCtDeviceDialog(props: DialogProps) {
  const { key, kind } = props.device;
  const value = shownValue(props.device);
  return (
    <RemoveDeviceDialog
      deviceKey={key}
      does={kind === 'mount' ? 'detach' : kind === 'unused' ? 'destroy' : 'remove'}
      source={kind === 'device' ? devicePath(value) : sourceOf(value)}
      text={kind === 'root' || kind === 'unused' ? '' : t(texts[kind])}
      onClose={props.onClose}
    />
  );
}
