// Putting a disc into a VM's CD/DVD drive, taking it out, and adding a drive.
import { createMemo, createSignal } from 'solid-js';
import { createFileChoices } from '../../api/node-choices.ts';
import { SelectField } from '../../components/field.tsx';
import { newDriveKey, type VmDevice } from '../../forms/vm-config.ts';
import { t } from '../../i18n/index.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { fileChoice, withOwn } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';

/** Puts a disc in or takes it out; without a device, adds a drive. */
export function DiscDialog(props: { device?: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const before = (props.device?.wanted ?? props.device?.current)?.lead ?? 'none';
  const start = before === 'none' ? '' : before;
  const [disc, setDisc] = createSignal(start);
  const discs = createFileChoices(() => vm.place().node, 'iso');
  const key = () => props.device?.key ?? newDriveKey(vm.config.data() ?? []);
  const choices = createMemo(() => withOwn((discs.data() ?? []).map(fileChoice), start));
  return (
    <EditDialog
      title={props.device ? `${t('device.cdrom')} ${props.device.key}` : t('hardware.addDisc')}
      field={key() ?? ''}
      reason={key() === undefined ? t('cloudInit.noFreeDrive') : undefined}
      onClose={props.onClose}
      change={() => ({ [key() ?? '']: `${disc() === '' ? 'none' : disc()},media=cdrom` })}
    >
      {(error) => (
        <SelectField
          label={t('create.iso')}
          value={disc()}
          onValue={setDisc}
          none={t('hardware.noDisc')}
          choices={choices()}
          error={error()}
        />
      )}
    </EditDialog>
  );
}
