// Detaching a volume, which stays unused; removing any other device; destroying a volume that nothing uses.
import { changeDevices } from '../../api/guests.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { t } from '../../i18n/index.ts';
import { useGuest } from './guest-context.ts';

interface RemoveDeviceDialogProps {
  /** Of the configuration. */
  deviceKey: string;
  does: 'detach' | 'remove' | 'destroy';
  /** The volume, the folder or the device. */
  source: string;
  /** What it means; destroying says it itself. */
  text: string;
  onClose: () => void;
}

export function RemoveDeviceDialog(props: RemoveDeviceDialogProps) {
  const guest = useGuest();
  const detaches = () => props.does === 'detach';
  const destroys = () => props.does === 'destroy';
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t(detaches() ? 'hardware.detachTitle' : 'hardware.removeTitle', { what: props.deviceKey })}
      action={t(detaches() ? 'hardware.detach' : 'hardware.remove')}
      {...(destroys() ? { typed: props.deviceKey } : {})}
      calm={detaches()}
      onConfirm={async () => {
        await guest.change(() => changeDevices(guest.kind, guest.place(), { [props.deviceKey]: undefined }));
      }}
    >
      <p class="break-all font-mono text-sm">{props.source}</p>
      <p class="mt-2 text-muted">{destroys() ? t('hardware.removeDestroys') : props.text}</p>
    </ConfirmDialog>
  );
}
