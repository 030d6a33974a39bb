// Adds a named size of new guests, or changes one.
import { api } from '../../api/client.ts';
import { BoundNumber, BoundText, refusing } from '../../components/bound-field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import {
  checkGuestSize,
  fieldsOf,
  type GuestSizeForm,
  type GuestSizeItem,
  guestSizeParams,
} from '../../forms/guest-sizes.ts';
import { t } from '../../i18n/index.ts';
import { sizeName } from '../create-guest/size-field.tsx';
import { createCheckedForm } from '../guest/checked-form.ts';
import { Columns } from '../guest/form-group.tsx';

const paramOf: Readonly<Record<keyof GuestSizeForm, string>> = {
  ...{ name: 'name', cores: 'cores', memoryMiB: 'memory', diskGiB: 'disk', description: 'description' },
};

/** Without a size, a new one. */
export function SizeDialog(props: {
  kind: GuestSizeItem['kind'];
  size?: GuestSizeItem;
  onDone: () => void;
  onClose: () => void;
}) {
  const { size } = props;
  const ownWord = size !== undefined && size.name === undefined;
  const checked = createCheckedForm<GuestSizeForm>(
    {
      name: size?.name ?? '',
      ...(size ? fieldsOf(size) : { cores: '2', memoryMiB: '2048', diskGiB: '32' }),
      description: size?.description ?? '',
    },
    (form) => checkGuestSize(form, ownWord),
  );
  return (
    <FormDialog
      title={
        size
          ? t('sizes.editTitle', { name: sizeName(size) })
          : t(props.kind === 'qemu' ? 'sizes.addVm' : 'sizes.addContainer')
      }
      action={t(size ? 'common.save' : 'sizes.add')}
      fields={Object.values(paramOf)}
      check={checked.check}
      run={async () => {
        const params = guestSizeParams(checked.form);
        if (size) await api('PUT /cluster/guest-sizes/{id}', { id: size.id, ...params });
        else await api('POST /cluster/guest-sizes', { kind: props.kind, name: '', ...params });
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => {
        const of = refusing(checked, (name) => refused(paramOf[name]));
        return (
          <Columns>
            <BoundText
              of={of}
              name="name"
              label={t('create.name')}
              span={6}
              placeholder={size && ownWord ? sizeName(size) : ''}
              autofocus
            />
            <BoundNumber of={of} name="cores" label={t('create.cores')} span={2} />
            <BoundNumber of={of} name="memoryMiB" label={t('create.memory')} span={2} suffix="MiB" />
            <BoundNumber of={of} name="diskGiB" label={t('create.diskSize')} span={2} suffix="GiB" />
            <BoundText
              of={of}
              name="description"
              label={t('sizes.description')}
              hint={t('ct.nic.optional')}
              span={6}
            />
          </Columns>
        );
      }}
    </FormDialog>
  );
}
