// The fields of the dialog that creates a container, in groups.
import { For, Show } from 'solid-js';
import type { CatalogueEntry } from '../../../server/contract/aplinfo.ts';
import type { StorageChoice } from '../../api/choices.ts';
import type { TemplateVolume } from '../../api/templates.ts';
import {
  BoundCheck,
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
} from '../../components/bound-field.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { CheckField, type Choice } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { type CreateCtForm, catalogueMark } from '../../forms/create-ct.ts';
import type { NicForm } from '../../forms/ct-net.ts';
import { t } from '../../i18n/index.ts';
import { DnsFields, MemoryField, NodeField, VmidField } from '../create-guest/new-guest-fields.tsx';
import { SizeField } from '../create-guest/size-field.tsx';
import { NicAddressFields } from '../ct/nic-fields.tsx';
import { FormGroup, storageChoice, Wide } from '../guest/form-group.tsx';
import { SshKeysField } from '../guest/ssh-keys-field.tsx';
import { MakeFirst } from '../templates/make-template.tsx';

interface CreateCtFieldsProps {
  of: BoundForm<CreateCtForm>;
  nic: BoundForm<NicForm>;
  nodes: readonly string[];
  templates: readonly TemplateVolume[];
  /** Entries whose file is on no storage of the node yet. */
  catalogue: readonly CatalogueEntry[];
  templateStorages: readonly StorageChoice[];
  /** Undefined while they are read. */
  storages: readonly StorageChoice[] | undefined;
  bridges: readonly { iface: string; comments: string }[] | undefined;
}

export function CreateCtFields(props: CreateCtFieldsProps) {
  return (
    <>
      <FormGroup title={t('create.general')}>
        <BoundText
          of={props.of}
          name="hostname"
          label={t('ct.create.hostname')}
          span={3}
          hint={t('ct.create.hostnameHint')}
          autocapitalize="none"
          autofocus
        />
        <VmidField of={props.of} label={t('ct.create.vmid')} span={1} />
        <NodeField of={props.of} nodes={props.nodes} />
      </FormGroup>
      <SystemGroup {...props} />
      <AccessGroup of={props.of} />
      <FormGroup title={t('ct.create.resources')}>
        <SizeField
          kind="lxc"
          entered={{
            cores: props.of.form.cores,
            memoryMiB: props.of.form.memoryMiB,
            diskGiB: props.of.form.rootGiB,
          }}
          onSize={({ cores, memoryMiB, diskGiB }) => props.of.set({ cores, memoryMiB, rootGiB: diskGiB })}
        />
        <BoundSelect
          of={props.of}
          name="storage"
          label={t('ct.create.storage')}
          span={4}
          choices={(props.storages ?? []).map(storageChoice)}
          error={props.storages?.length === 0 ? t('ct.create.noStorage') : undefined}
        />
        <BoundNumber of={props.of} name="rootGiB" label={t('ct.create.rootSize')} span={2} suffix="GiB" />
        <BoundNumber
          of={props.of}
          name="cores"
          label={t('ct.cores')}
          span={2}
          hint={props.of.form.cores.trim() === '' ? t('ct.coresHint') : undefined}
        />
        <MemoryField of={props.of} />
        <BoundNumber of={props.of} name="swapMiB" label={t('ct.swap')} span={2} suffix="MiB" />
      </FormGroup>
      <NetworkGroup of={props.of} nic={props.nic} bridges={props.bridges} />
      <FormGroup title={t('ct.create.dns')}>
        <DnsFields of={props.of} />
      </FormGroup>
      <BoundCheck of={props.of} name="start" label={t('create.start')} />
    </>
  );
}

/** Which template, and how much its root may. */
function SystemGroup(
  props: Pick<CreateCtFieldsProps, 'of' | 'templates' | 'catalogue' | 'templateStorages'>,
) {
  const form = () => props.of.form;
  const choices = (): Choice[] => [
    ...props.templates.map((one) => ({
      value: one.volid,
      label: `${one.name} (${one.storage}, ${bytes(one.size)})`,
      group: t('ct.create.here'),
    })),
    ...props.catalogue.map((one) => ({
      value: `${catalogueMark}${one.template}`,
      label: one.headline,
      group: t('ct.create.catalogue'),
    })),
  ];
  const toMake = () => props.catalogue.find((one) => form().template === `${catalogueMark}${one.template}`);
  return (
    <FormGroup title={t('ct.create.system')}>
      <BoundSelect
        of={props.of}
        name="template"
        label={t('ct.create.template')}
        span={6}
        none={t('ct.create.chooseTemplate')}
        choices={choices()}
        hint={
          props.templates.length === 0 && props.catalogue.length > 0 && form().template === ''
            ? t('ct.create.noTemplates')
            : undefined
        }
      />
      <Show when={toMake()} keyed>
        {(entry) => (
          <Wide>
            <MakeFirst node={form().node} entry={entry} storages={props.templateStorages} />
          </Wide>
        )}
      </Show>
      <Wide>
        <CheckField
          label={t('ct.unprivileged')}
          hint={t('ct.create.unprivilegedHint')}
          checked={form().unprivileged}
          onValue={(unprivileged) => props.of.set({ unprivileged, nesting: unprivileged && form().nesting })}
        />
        <BoundCheck
          of={props.of}
          name="nesting"
          label={t('feature.nesting')}
          hint={t('featureHint.nesting')}
        />
      </Wide>
    </FormGroup>
  );
}

/** How to log in. */
function AccessGroup(props: Pick<CreateCtFieldsProps, 'of'>) {
  const secret = { span: 3, type: 'password', autocomplete: 'new-password' } as const;
  return (
    <FormGroup title={t('ct.create.access')}>
      <BoundText of={props.of} name="password" label={t('ct.create.password')} {...secret} />
      <BoundText of={props.of} name="passwordAgain" label={t('ct.create.passwordAgain')} {...secret} />
      <SshKeysField
        class="sm:col-span-6"
        label={t('ct.create.keys')}
        hint={t('ct.create.keysHint')}
        value={props.of.form.sshKeys}
        onValue={(sshKeys) => props.of.set({ sshKeys })}
        error={props.of.error('sshKeys')}
        rows={2}
      />
    </FormGroup>
  );
}

const networks = [
  { kind: 'bridge', title: 'ct.nic.bridged', text: 'ct.nic.bridgedText' },
  { kind: 'routed', title: 'ct.nic.routedTitle', text: 'ct.nic.routedText' },
  { kind: 'none', title: 'create.noNetwork', text: 'ct.create.noneText' },
] as const;

function NetworkGroup(props: Pick<CreateCtFieldsProps, 'of' | 'nic' | 'bridges'>) {
  const form = () => props.of.form;
  return (
    <FormGroup title={t('create.network')}>
      <Wide>
        <fieldset class="grid gap-2 sm:grid-cols-3" aria-label={t('ct.create.networkKind')}>
          <For each={networks}>
            {({ kind, title, text }) => (
              <ChoiceCard
                name="network"
                chosen={form().network === kind}
                onChoose={() => {
                  props.of.set({ network: kind });
                  props.nic.set({ connection: kind === 'routed' ? 'routed' : 'bridge' });
                }}
                title={t(title)}
                text={t(text)}
              />
            )}
          </For>
        </fieldset>
      </Wide>
      <Show when={form().network !== 'none'}>
        <NicAddressFields of={props.nic} bridges={props.bridges} />
        <Show when={props.of.error('nic')}>
          {(text) => (
            <p class="text-sm text-bad sm:col-span-6" role="alert">
              {text()}
            </p>
          )}
        </Show>
      </Show>
    </FormGroup>
  );
}
