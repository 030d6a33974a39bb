// The dialog that says how a network card comes by its addresses at the guest's next start.
import { refusing } from '../../components/bound-field.tsx';
import { Notice } from '../../components/panel.tsx';
import { type CloudInitCard, ipConfigString, readIpConfig } from '../../forms/cloud-init.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { checkIpSettings, type IpSettings } from '../../forms/ip-settings.ts';
import { t } from '../../i18n/index.ts';
import { IpFields } from '../ct/nic-fields.tsx';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { Columns } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';

export function AddressDialog(props: { card: CloudInitCard; onClose: () => void }) {
  const vm = useGuest();
  const key = `ipconfig${props.card.index}`;
  const before = settingOf(vm.config.data() ?? [], key).wanted;
  const checked = createCheckedForm<IpSettings>(readIpConfig(before ?? 'ip=dhcp'), checkIpSettings);
  return (
    <EditDialog
      wide
      title={t('cloudInit.addressTitle', { card: `net${props.card.index}` })}
      field={key}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key]: ipConfigString(checked.form) })}
    >
      {(error) => (
        <>
          <Columns>
            <IpFields of={refusing(checked, (name) => (name === 'ip4' ? error() : undefined))} />
          </Columns>
          <p class="text-sm text-muted">{t('cloudInit.addressHint')}</p>
          {props.card.exists ? undefined : <Notice tone="warn">{t('cloudInit.cardGoneHint')}</Notice>}
        </>
      )}
    </EditDialog>
  );
}
