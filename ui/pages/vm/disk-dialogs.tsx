// The dialogs that add a disk to a VM, change one, and attach one that is unused.
import { changeDevices } from '../../api/guests.ts';
import { BoundNumber, BoundSelect, refusing } from '../../components/bound-field.tsx';
import { parseProperties } from '../../forms/property-string.ts';
import { freeKey, type VmDevice } from '../../forms/vm-config.ts';
import {
  checkDisk,
  checkNewDisk,
  type DiskOptions,
  diskBuses,
  diskString,
  type NewDisk,
  newDisk,
  newDiskString,
  readDisk,
} from '../../forms/vm-disk.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { Columns } from '../guest/form-group.tsx';
import { type GuestContext, useGuest } from '../guest/guest-context.ts';
import { StorageField } from '../guest/storage-field.tsx';
import { BusField, DiskOptionFields } from './disk-fields.tsx';

const keyOn = (vm: GuestContext, form: DiskOptions) => freeKey(form.bus, vm.config.data() ?? []);

export function AddDiskDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const checked = createCheckedForm<NewDisk>(newDisk(), checkNewDisk);
  const { form } = checked;
  const key = () => keyOn(vm, form);
  return (
    <EditDialog
      wide
      title={t('hardware.addDisk')}
      field={key() ?? ''}
      reason={key() === undefined ? t('hardware.busFull') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key() ?? `${form.bus}0`]: newDiskString(form) })}
      save={(change) => changeDevices(vm.kind, vm.place(), change)}
    >
      {(error) => {
        const of = refusing(checked, (name) => (name === 'sizeGiB' ? error() : undefined));
        return (
          <>
            <Columns>
              <StorageField
                of={of}
                node={vm.place().node}
                content="images"
                label={t('create.diskStorage')}
                span={6}
              />
              <BoundNumber of={of} name="sizeGiB" label={t('create.diskSize')} span={3} suffix="GiB" />
              <BusField of={of} keyOn={key()} />
            </Columns>
            <DiskOptionFields
              of={of}
              first={
                <BoundSelect
                  of={of}
                  name="format"
                  label={t('vmDisk.format')}
                  choices={[
                    { value: '', label: t('vmDisk.formatDefault') },
                    { value: 'qcow2', label: t('vmDisk.format.qcow2') },
                    { value: 'raw', label: t('vmDisk.format.raw') },
                  ]}
                />
              }
            />
          </>
        );
      }}
    </EditDialog>
  );
}

/** Changes how a disk behaves; where it lies and how large it is are changed otherwise. */
export function EditDiskDialog(props: { device: VmDevice; onClose: () => void }) {
  const { key } = props.device;
  const before = props.device.wanted ?? props.device.current ?? parseProperties('');
  const bus = diskBuses.find((one) => key.startsWith(one)) ?? 'scsi';
  const checked = createCheckedForm<DiskOptions>(readDisk(bus, before), (form) => checkDisk(form, before));
  return (
    <EditDialog
      wide
      title={t('options.editOne', { what: key })}
      field=""
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key]: diskString(checked.form, before) })}
    >
      {() => (
        <>
          <p class="font-mono text-sm break-all text-muted">{before.lead}</p>
          <DiskOptionFields of={checked} />
        </>
      )}
    </EditDialog>
  );
}

/** Attaches a disk that the VM has and does not use. */
export function AttachDiskDialog(props: { device: VmDevice; onClose: () => void }) {
  const vm = useGuest();
  const volume = (props.device.wanted ?? props.device.current)?.lead ?? '';
  const checked = createCheckedForm<DiskOptions>(
    { ...readDisk('scsi', parseProperties('')), discard: true },
    (form) => checkDisk(form),
  );
  const key = () => keyOn(vm, checked.form);
  return (
    <EditDialog
      wide
      title={t('vmDisk.attachOne', { what: props.device.key })}
      action={t('vmDisk.attach')}
      field=""
      reason={key() === undefined ? t('hardware.busFull') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key() ?? '']: diskString(checked.form, parseProperties(volume)) })}
      save={(change) => changeDevices(vm.kind, vm.place(), change)}
    >
      {() => (
        <>
          <p class="font-mono text-sm break-all text-muted">{volume}</p>
          <Columns>
            <BusField of={checked} keyOn={key()} span={6} />
          </Columns>
          <DiskOptionFields of={checked} />
        </>
      )}
    </EditDialog>
  );
}
