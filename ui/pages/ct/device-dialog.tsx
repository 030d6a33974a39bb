// Giving a container a device of the node.
import { BoundCheck, BoundNumber, BoundText, refusing } from '../../components/bound-field.tsx';
import { freeCtKey } from '../../forms/ct-config.ts';
import { checkDevice, deviceString, newDevice } from '../../forms/ct-device.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';

export function AddDeviceDialog(props: { onClose: () => void }) {
  const ct = useGuest();
  const checked = createCheckedForm(newDevice, checkDevice);
  const key = () => freeCtKey('dev', ct.config.data() ?? []);
  return (
    <EditDialog
      title={t('ct.addDevice')}
      action={t('ct.addDevice')}
      field={key() ?? ''}
      reason={key() === undefined ? t('vmDevice.allTaken') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key() ?? '']: deviceString(checked.form) })}
    >
      {(error) => (
        <>
          <BoundText
            of={refusing(checked, () => error())}
            name="path"
            label={t('ct.dev.path')}
            hint={t('ct.dev.pathHint')}
            mono
            autofocus
          />
          <div class="grid items-start gap-4 sm:grid-cols-3">
            <BoundText of={checked} name="mode" label={t('ct.dev.mode')} hint={t('ct.dev.modeHint')} mono />
            <BoundNumber of={checked} name="uid" label={t('ct.dev.uid')} hint={t('ct.dev.idHint')} />
            <BoundNumber of={checked} name="gid" label={t('ct.dev.gid')} hint={t('ct.dev.idHint')} />
          </div>
          <BoundCheck of={checked} name="denyWrite" label={t('ct.dev.denyWrite')} />
        </>
      )}
    </EditDialog>
  );
}
