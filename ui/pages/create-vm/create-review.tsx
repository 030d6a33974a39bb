// The last look before a VM is created: what it will be, and the same as a request and a command.
import { CodeBlock } from '../../components/copy-button.tsx';
import { KeyValues } from '../../components/panel.tsx';
import { bytes } from '../../format/show.ts';
import { asApiRequest, asCommand, type RequestParams } from '../../forms/as-text.ts';
import { type CreateVmForm, createParams } from '../../forms/create-vm.ts';
import { t, tn } from '../../i18n/index.ts';
import { osName } from './create-form.tsx';

export function CreateReview(props: { form: CreateVmForm }) {
  const path = () => `/nodes/${props.form.node}/qemu`;
  const body = () => {
    const { node: _, ...rest } = createParams(props.form) as RequestParams;
    return rest;
  };
  const gibibyte = 1024 ** 3;
  return (
    <div class="flex flex-col gap-5">
      <KeyValues
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
      <CodeBlock label={t('create.asCommand')} text={asCommand(path(), body())} />
      <CodeBlock label={t('create.asRequest')} text={asApiRequest(path(), body())} />
    </div>
  );
}
