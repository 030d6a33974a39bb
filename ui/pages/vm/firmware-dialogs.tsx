// The dialogs that give a VM a volume for its firmware: UEFI's variables, the state of a TPM.
import { Show } from 'solid-js';
import { changeDevices } from '../../api/guests.ts';
import { BoundCheck, BoundSelect, refusing } from '../../components/bound-field.tsx';
import { Notice } from '../../components/panel.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import {
  checkStorage,
  efiDiskString,
  type FirmwareForm,
  type TpmForm,
  tpmString,
} from '../../forms/vm-small-devices.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { StorageField } from '../guest/storage-field.tsx';

export function EfiDiskDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const windows = /^w/.test(settingOf(vm.config.data() ?? [], 'ostype').wanted ?? '');
  const checked = createCheckedForm<FirmwareForm>({ storage: '', keys: windows }, checkStorage);
  const bios = () => settingOf(vm.config.data() ?? [], 'bios').wanted;
  return (
    <EditDialog
      title={t('vmDevice.addEfi')}
      action={t('vmDevice.add')}
      field="efidisk0"
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ efidisk0: efiDiskString(checked.form) })}
      save={(change) => changeDevices(vm.kind, vm.place(), change)}
    >
      {(error) => (
        <>
          <p class="text-sm text-muted">{t('vmDevice.efiText')}</p>
          <Show when={bios() !== 'ovmf'}>
            <Notice tone="warn">{t('vmDevice.efiNotUsed')}</Notice>
          </Show>
          <StorageField
            of={refusing(checked, (name) => (name === 'storage' ? error() : undefined))}
            node={vm.place().node}
            content="images"
            label={t('ct.mount.storage')}
          />
          <BoundCheck
            of={checked}
            name="keys"
            label={t('vmDevice.efiKeys')}
            hint={t('vmDevice.efiKeysHint')}
          />
        </>
      )}
    </EditDialog>
  );
}

export function TpmDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const checked = createCheckedForm<TpmForm>({ storage: '', version: 'v2.0' }, checkStorage);
  return (
    <EditDialog
      title={t('vmDevice.addTpm')}
      action={t('vmDevice.add')}
      field="tpmstate0"
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ tpmstate0: tpmString(checked.form) })}
      save={(change) => changeDevices(vm.kind, vm.place(), change)}
    >
      {(error) => (
        <>
          <p class="text-sm text-muted">{t('vmDevice.tpmText')}</p>
          <StorageField
            of={refusing(checked, (name) => (name === 'storage' ? error() : undefined))}
            node={vm.place().node}
            content="images"
            label={t('ct.mount.storage')}
          />
          <BoundSelect
            of={checked}
            name="version"
            label={t('vmDevice.tpmVersion')}
            choices={[
              { value: 'v2.0', label: t('vmDevice.tpm20') },
              { value: 'v1.2', label: t('vmDevice.tpm12') },
            ]}
          />
        </>
      )}
    </EditDialog>
  );
}
