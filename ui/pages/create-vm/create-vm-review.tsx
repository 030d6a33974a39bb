// The last look before a VM is created: what it will be, in words.
import { bytes } from '../../format/show.ts';
import type { RequestParams } from '../../forms/as-text.ts';
import { type CreateVmForm, createParams } from '../../forms/create-vm.ts';
import { t, tn } from '../../i18n/index.ts';
import { GuestReview } from '../create-guest/guest-review.tsx';
import { osName } from './create-vm-form.tsx';

export function CreateVmReview(props: { form: CreateVmForm }) {
  const gibibyte = 1024 ** 3;
  return (
    <GuestReview
      kind="qemu"
      params={createParams(props.form) as RequestParams}
      facts={[
        { name: t('create.name'), value: props.form.name || `VM ${props.form.vmid}` },
        { name: t('create.vmid'), value: props.form.vmid },
        { name: t('create.node'), value: props.form.node },
        { name: t('create.ostype'), value: osName(props.form.ostype) },
        { name: t('create.iso'), value: props.form.iso || t('create.noIso') },
        { name: t('create.cores'), value: tn('unit.cores', Number(props.form.cores)) },
        { name: t('create.memory'), value: bytes(Number(props.form.memoryMiB) * 1024 ** 2) },
        {
          name: t('create.disk'),
          value:
            props.form.diskStorage === ''
              ? t('create.noDisk')
              : t('create.diskText', {
                  size: bytes(Number(props.form.diskGiB) * gibibyte),
                  storage: props.form.diskStorage,
                  bus: t(`bus.${props.form.diskBus}`),
                }),
        },
        {
          name: t('create.network'),
          value:
            props.form.bridge === ''
              ? t('create.noNetwork')
              : t('create.networkText', { bridge: props.form.bridge, model: props.form.netModel }),
        },
        { name: t('create.start'), value: props.form.start ? t('common.yes') : t('common.no') },
      ]}
    />
  );
}
