// The last look before a VM is made of a template: what it will be, in words and as code.
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { AsCode } from '../../components/as-code.tsx';
import { KeyValues } from '../../components/panel.tsx';
import { bytes } from '../../format/show.ts';
import type { CodeRequest, RequestParams } from '../../forms/as-request.ts';
import { createVmSecrets } from '../../forms/create-vm.ts';
import { type FromTemplateForm, templateChange, templateSettings } from '../../forms/from-template.ts';
import type { PendingLine } from '../../forms/guest-config.ts';
import { t, tn } from '../../i18n/index.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { cloudInitText } from './create-vm-review.tsx';

export function TemplateReview(props: {
  form: FromTemplateForm;
  source: ResourceItem | undefined;
  /** The very parameters of the clone, without the template's number. */
  clone: RequestParams;
  lines: readonly PendingLine[];
}) {
  const request = (): CodeRequest => {
    const { newid: _newid, ...clone } = props.clone;
    const change = Object.entries(templateChange(props.form, props.lines));
    const removed = change.filter(([, value]) => value === undefined).map(([key]) => key);
    return {
      kind: 'qemu',
      node: props.source?.node ?? '',
      vmid: Number(props.form.vmid),
      clone: {
        vmid: Number(props.form.template),
        params: clone,
        settings: templateSettings(props.lines),
      },
      params: {
        ...Object.fromEntries(change),
        ...(removed.length > 0 ? { delete: removed.join(',') } : {}),
        ...(props.form.start ? { start: true } : {}),
      },
      secrets: createVmSecrets,
    };
  };
  const full = () => props.clone['full'] === true;
  const name = () => props.source && labelOf(props.source);
  return (
    <div class="flex flex-col gap-5">
      <KeyValues
        facts={[
          { name: t('create.name'), value: props.form.name || `Copy-of-${name() ?? ''}` },
          { name: t('create.vmid'), value: props.form.vmid },
          { name: t('create.node'), value: props.source?.node ?? '' },
          { name: t('fromTemplate.template'), value: `${props.form.template} (${name() ?? ''})` },
          { name: t('clone.kind'), value: t(full() ? 'clone.full' : 'clone.linked') },
          ...(full()
            ? [{ name: t('clone.storage'), value: props.form.storage || t('clone.sameStorage') }]
            : []),
          ...(props.form.pool === '' ? [] : [{ name: t('guests.pool'), value: props.form.pool }]),
          { name: t('hardware.processor'), value: tn('unit.cores', Number(props.form.cores)) },
          { name: t('create.memory'), value: bytes(Number(props.form.memoryMiB) * 1024 ** 2) },
          ...(props.form.cloudInit
            ? [{ name: t('tab.cloudInit'), value: cloudInitText(props.form, true) }]
            : []),
          { name: t('create.start'), value: props.form.start ? t('common.yes') : t('common.no') },
        ]}
      />
      <AsCode request={request()} />
    </div>
  );
}
