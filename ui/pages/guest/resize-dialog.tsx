// Letting a volume of a guest grow.
import { createSignal } from 'solid-js';
import { growVolume } from '../../api/guests.ts';
import { TextField } from '../../components/field.tsx';
import { configSize } from '../../format/show.ts';
import type { Device } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { EditDialog } from './edit-dialog.tsx';
import { useGuest } from './guest-context.ts';

/** `by`: how many GiB are offered to begin with. */
export function ResizeDialog(props: { device: Device; by: string; onClose: () => void }) {
  const guest = useGuest();
  const [by, setBy] = createSignal(props.by);
  return (
    <EditDialog
      title={t('hardware.resizeTitle', { what: props.device.key })}
      field="size"
      onClose={props.onClose}
      change={() => ({})}
      save={async () => {
        watchTask(await growVolume(guest.kind, guest.place(), props.device.key, by().trim()));
      }}
    >
      {(error) => (
        <TextField
          label={t('hardware.growBy')}
          suffix="GiB"
          inputmode="numeric"
          value={by()}
          onValue={setBy}
          error={error()}
          hint={t('hardware.growHint', {
            size: configSize(props.device.current?.options.get('size') ?? '–'),
          })}
          autofocus
        />
      )}
    </EditDialog>
  );
}
