// The dialogs that change a VM's machine type and its screen.
import { Show } from 'solid-js';
import { BoundCheck, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { SuggestField } from '../../components/suggest-field.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import {
  checkMachine,
  checkScreen,
  type MachineForm,
  machineString,
  madeWith,
  readMachine,
  readScreen,
  type ScreenForm,
  screenString,
  screensWithMemory,
  takesClipboard,
} from '../../forms/vm-machine.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { MoreSettings } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { displayChoices, machineTypes } from './machine-choices.ts';

interface DialogProps {
  onClose: () => void;
}

export function MachineDialog(props: DialogProps) {
  const vm = useGuest();
  const wanted = (key: string) => settingOf(vm.config.data() ?? [], key).wanted;
  const before = wanted('machine') ?? '';
  const suggested = madeWith(wanted('meta'));
  const checked = createCheckedForm<MachineForm>(readMachine(before), checkMachine);
  return (
    <EditDialog
      title={t('create.machineType')}
      field="machine"
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ machine: machineString(checked.form, before) })}
    >
      {(error) => (
        <>
          <BoundSelect
            of={checked}
            name="family"
            label={t('create.machineType')}
            choices={machineTypes.map((one) => ({ value: one, label: t(`machineType.${one}`) }))}
            hint={t('vmMachine.typeHint')}
          />
          <SuggestField
            label={t('vmMachine.version')}
            value={checked.form.version}
            onValue={(version) => checked.set({ version })}
            placeholder={t('vmMachine.newest')}
            suggestions={
              suggested === undefined ? [] : [{ value: suggested, label: t('vmMachine.madeWith') }]
            }
            error={checked.error('version') ?? error()}
            hint={t('vmMachine.versionHint')}
          />
          <Show when={checked.form.family === 'q35'}>
            <MoreSettings open={checked.form.viommu !== ''}>
              <BoundSelect
                of={checked}
                name="viommu"
                label={t('vmMachine.viommu')}
                choices={[
                  { value: '', label: t('vmMachine.viommuNone') },
                  { value: 'intel', label: 'Intel' },
                  { value: 'virtio', label: 'VirtIO' },
                ]}
                hint={t('vmMachine.viommuHint')}
              />
            </MoreSettings>
          </Show>
        </>
      )}
    </EditDialog>
  );
}

export function ScreenDialog(props: DialogProps) {
  const vm = useGuest();
  const before = settingOf(vm.config.data() ?? [], 'vga').wanted ?? '';
  const checked = createCheckedForm<ScreenForm>(readScreen(before), checkScreen);
  const own = checked.form.type;
  return (
    <EditDialog
      title={t('hardware.display')}
      field="vga"
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ vga: screenString(checked.form, before) })}
    >
      {(error) => (
        <>
          <BoundSelect
            of={refusing(checked, () => error())}
            name="type"
            label={t('hardware.display')}
            choices={displayChoices(own)}
            hint={t('vmMachine.displayHint')}
          />
          <Show when={screensWithMemory.has(checked.form.type)}>
            <BoundText
              of={checked}
              name="memory"
              label={t('vmMachine.displayMemory')}
              suffix="MiB"
              inputmode="numeric"
              hint={t('vmMachine.displayMemoryHint')}
            />
          </Show>
          <Show when={takesClipboard(checked.form.type)}>
            <BoundCheck
              of={checked}
              name="clipboard"
              label={t('vmMachine.clipboard')}
              hint={t('vmMachine.clipboardHint')}
            />
          </Show>
        </>
      )}
    </EditDialog>
  );
}
