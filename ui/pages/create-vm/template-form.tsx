// The fields of the dialog that makes a VM of a template, in groups.
import { Show } from 'solid-js';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import {
  BoundArea,
  BoundCheck,
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
} from '../../components/bound-field.tsx';
import { Notice, Skeleton } from '../../components/panel.tsx';
import { broughtBy, type FromTemplateForm, hasCard } from '../../forms/from-template.ts';
import type { PendingLine } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { SizeField } from '../create-guest/size-field.tsx';
import { type CloneChoices, CloneFields, ClonePoolField } from '../guest/clone-fields.tsx';
import { FormGroup, MoreSettings, Wide } from '../guest/form-group.tsx';
import { CloudInitFields } from './cloud-init-group.tsx';

interface TemplateFieldsProps {
  of: BoundForm<FromTemplateForm>;
  templates: readonly ResourceItem[];
  /** Of the template's configuration; undefined until they are read. */
  lines: readonly PendingLine[] | undefined;
  choices: CloneChoices;
  /** The clone is there: only its settings are left to be chosen. */
  made: boolean;
}

export function TemplateFields(props: TemplateFieldsProps) {
  return (
    <>
      <Show
        when={!props.made}
        fallback={<Notice tone="warn">{t('fromTemplate.made', { vmid: props.of.form.vmid })}</Notice>}
      >
        <SourceGroup {...props} />
      </Show>
      <Show
        when={props.lines}
        fallback={<Show when={props.templates.length > 0}>{<Skeleton lines={4} />}</Show>}
      >
        {(lines) => (
          <>
            <FormGroup title={t('create.machine')}>
              <SizeField
                kind="qemu"
                entered={{
                  cores: props.of.form.cores,
                  memoryMiB: props.of.form.memoryMiB,
                  diskGiB: undefined,
                }}
                onSize={({ cores, memoryMiB }) => props.of.set({ cores, memoryMiB })}
              />
              <BoundNumber of={props.of} name="cores" label={t('create.cores')} span={3} />
              <BoundNumber of={props.of} name="memoryMiB" label={t('create.memory')} span={3} suffix="MiB" />
            </FormGroup>
            <Show when={props.of.form.cloudInit}>
              <FormGroup title={t('tab.cloudInit')}>
                <CloudInitFields of={props.of} hasCard={hasCard(lines())} had={broughtBy(lines())} />
              </FormGroup>
            </Show>
            <BoundCheck of={props.of} name="start" label={t('create.start')} />
          </>
        )}
      </Show>
    </>
  );
}

/** What it is made of, and what it is called. */
function SourceGroup(props: TemplateFieldsProps) {
  return (
    <>
      <FormGroup title={t('create.general')}>
        <BoundSelect
          of={props.of}
          name="template"
          label={t('fromTemplate.template')}
          span={6}
          none={t('fromTemplate.choose')}
          choices={props.templates.map((one) => ({
            value: String(one.vmid),
            label: `${one.vmid} (${labelOf(one)}), ${one.node}`,
          }))}
          hint={props.templates.length === 0 ? t('fromTemplate.noneHint') : undefined}
        />
        <BoundText of={props.of} name="name" label={t('create.name')} span={4} autofocus />
        <BoundNumber of={props.of} name="vmid" label={t('create.vmid')} span={2} />
      </FormGroup>
      <Show when={props.templates.length > 0}>
        <FormGroup title={t('clone.kind')}>
          <Wide>
            <div class="flex flex-col gap-3">
              <CloneFields of={props.of} choices={props.choices} />
              <MoreSettings>
                <div class="flex flex-col gap-4">
                  <ClonePoolField of={props.of} />
                  <BoundArea of={props.of} name="description" label={t('options.description')} rows={3} />
                </div>
              </MoreSettings>
            </div>
          </Wide>
        </FormGroup>
      </Show>
    </>
  );
}
