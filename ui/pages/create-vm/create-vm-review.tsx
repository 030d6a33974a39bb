// The last look before a VM is created: what it will be, in words.
import { bytes } from '../../format/show.ts';
import type { RequestParams } from '../../forms/as-request.ts';
import type { CloudInitForm } from '../../forms/create-cloud-init.ts';
import {
  type CreateVmForm,
  choosesDiskSize,
  createParams,
  createVmSecrets,
  takesCloudInit,
} from '../../forms/create-vm.ts';
import { readSshKeys } from '../../forms/ssh-keys.ts';
import { t, tn } from '../../i18n/index.ts';
import { GuestReview } from '../create-guest/guest-review.tsx';

export function CreateVmReview(props: { form: CreateVmForm }) {
  return (
    <GuestReview
      kind="qemu"
      params={createParams(props.form) as RequestParams}
      secrets={createVmSecrets}
      facts={[
        { name: t('create.name'), value: props.form.name || `VM ${props.form.vmid}` },
        { name: t('create.vmid'), value: props.form.vmid },
        { name: t('create.node'), value: props.form.node },
        { name: t('create.ostype'), value: t(`system.${props.form.system}`) },
        { name: t('create.media'), value: mediaText(props.form) },
        { name: t('hardware.processor'), value: tn('unit.cores', Number(props.form.cores)) },
        { name: t('create.memory'), value: bytes(Number(props.form.memoryMiB) * 1024 ** 2) },
        { name: t('create.disk'), value: diskText(props.form) },
        {
          name: t('create.network'),
          value:
            props.form.bridge === ''
              ? t('create.noNetwork')
              : t('create.networkText', { bridge: props.form.bridge, model: props.form.netModel }),
        },
        ...(takesCloudInit(props.form)
          ? [{ name: t('tab.cloudInit'), value: cloudInitText(props.form, props.form.bridge !== '') }]
          : []),
        { name: t('create.machine'), value: machineText(props.form) },
        { name: t('create.agent'), value: props.form.agent ? t('common.on') : t('common.off') },
        { name: t('create.start'), value: props.form.start ? t('common.yes') : t('common.no') },
      ]}
    />
  );
}

function mediaText({ media, iso, image, drivers }: CreateVmForm): string {
  if (media === 'image') return image;
  if (media === 'blank') return t('media.blank');
  return [iso, drivers].filter(Boolean).join(', ') || t('create.noIso');
}

function diskText(form: CreateVmForm): string {
  const { diskStorage: storage, diskBus } = form;
  if (storage === '') return t('create.noDisk');
  const bus = t(`bus.${diskBus}`);
  if (!choosesDiskSize(form)) return t('create.diskImageText', { storage, bus });
  return t('create.diskText', { size: bytes(Number(form.diskGiB) * 1024 ** 3), storage, bus });
}

/** Who gets in, and how it comes by its address. */
export function cloudInitText(form: CloudInitForm, hasCard: boolean): string {
  if (!form.cloudInit) return t('common.no');
  const keys = readSshKeys(form.sshKeys).length;
  return [
    form.ciUser.trim() || t('cloudInit.userDefault'),
    form.ciPassword === '' ? '' : t('ct.create.accessPassword'),
    keys === 0 ? '' : tn('ct.create.accessKeys', keys),
    hasCard && form.ip4 === 'static' ? form.address4 : '',
    hasCard && form.ip6 === 'static' ? form.address6 : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function machineText({ firmware, machine, cpuType }: CreateVmForm): string {
  const name = t(firmware === 'ovmf' ? 'create.ovmf' : 'create.seabios');
  return [name, t(`machineType.${machine}`), cpuType].join(' · ');
}
