// The fields of the dialog that creates a VM, in groups.
import { For, Show } from 'solid-js';
import type { StorageChoice } from '../../api/choices.ts';
import {
  BoundCheck,
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
} from '../../components/bound-field.tsx';
import { ChoiceCard, LeadCard } from '../../components/choice-card.tsx';
import { SelectField } from '../../components/field.tsx';
import { type CreateVmForm, choosesDiskSize, takesCloudInit } from '../../forms/create-vm.ts';
import { type SystemId, systemIds, vmSystems } from '../../forms/vm-systems.ts';
import { t } from '../../i18n/index.ts';
import { MemoryField, NodeField, VmidField } from '../create-guest/new-guest-fields.tsx';
import { SizeField } from '../create-guest/size-field.tsx';
import {
  bridgeChoice,
  Columns,
  FormGroup,
  fileChoice,
  MoreSettings,
  storageChoice,
  Wide,
} from '../guest/form-group.tsx';
import { cpuTypes, machineTypes } from '../vm/machine-choices.ts';
import { CloudInitGroup } from './cloud-init-group.tsx';

interface File {
  readonly volid: string;
  readonly size: number;
}

interface CreateVmFieldsProps {
  of: BoundForm<CreateVmForm>;
  nodes: readonly string[];
  storages: readonly StorageChoice[];
  /** Undefined while they are read. */
  discs: readonly File[] | undefined;
  images: readonly File[] | undefined;
  bridges: readonly { iface: string; comments: string }[];
  onSystem: (id: SystemId) => void;
  onDrivers: (volid: string) => void;
  /** A whole machine is to be brought in instead. */
  onMachine: () => void;
  /** It is to be made of a template instead. */
  onTemplate: () => void;
}

const buses = ['scsi', 'virtio', 'sata', 'ide'] as const;
const netModels = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3'] as const;
const media = ['disc', 'image', 'blank'] as const;

export function CreateVmFields(props: CreateVmFieldsProps) {
  const form = () => props.of.form;
  return (
    <>
      <FormGroup title={t('create.general')}>
        <BoundText of={props.of} name="name" label={t('create.name')} span={4} autofocus />
        <VmidField of={props.of} label={t('create.vmid')} span={2} />
        <NodeField of={props.of} nodes={props.nodes} />
        <SelectField
          label={t('create.ostype')}
          class="sm:col-span-4"
          value={form().system}
          onValue={(id) => props.onSystem(id as SystemId)}
          choices={systemIds.map((id) => ({ value: id, label: t(`system.${id}`) }))}
        />
      </FormGroup>
      <MediaGroup {...props} />
      <FormGroup title={t('create.machine')}>
        <SizeField
          kind="qemu"
          entered={{
            cores: form().cores,
            memoryMiB: form().memoryMiB,
            diskGiB: choosesDiskSize(form()) ? form().diskGiB : undefined,
          }}
          onSize={(size) => props.of.set(size)}
        />
        <BoundNumber of={props.of} name="cores" label={t('create.cores')} span={2} />
        <MemoryField of={props.of} />
        <Show when={form().media !== 'image'}>
          <BoundNumber
            of={props.of}
            name="diskGiB"
            label={t('create.diskSize')}
            span={2}
            suffix="GiB"
            disabled={!choosesDiskSize(form())}
          />
        </Show>
        <BoundSelect
          of={props.of}
          name="diskStorage"
          label={t('create.diskStorage')}
          span={3}
          none={t('create.noDisk')}
          choices={props.storages.map(storageChoice)}
          hint={form().media === 'image' ? t('create.imageSizeHint') : undefined}
        />
        <BoundSelect
          of={props.of}
          name="bridge"
          label={t('create.bridge')}
          span={3}
          none={t('create.noNetwork')}
          choices={props.bridges.map(bridgeChoice)}
        />
      </FormGroup>
      <Show when={takesCloudInit(form())}>
        <CloudInitGroup of={props.of} hasCard={form().bridge !== ''} />
      </Show>
      <HardwareGroup of={props.of} />
      <div>
        <BoundCheck of={props.of} name="agent" label={t('create.agent')} hint={t('create.agentHint')} />
        <BoundCheck of={props.of} name="start" label={t('create.start')} />
      </div>
    </>
  );
}

/** What it begins with. */
function MediaGroup(
  props: Pick<CreateVmFieldsProps, 'of' | 'discs' | 'images' | 'onDrivers' | 'onMachine' | 'onTemplate'>,
) {
  const form = () => props.of.form;
  return (
    <FormGroup title={t('create.media')}>
      <Wide>
        <fieldset class="grid gap-2 sm:grid-cols-2" aria-label={t('create.media')}>
          <For each={media}>
            {(kind) => (
              <ChoiceCard
                name="media"
                chosen={form().media === kind}
                onChoose={() => props.of.set({ media: kind })}
                title={t(`media.${kind}`)}
                text={t(`mediaText.${kind}`)}
              />
            )}
          </For>
          <LeadCard
            onLead={props.onTemplate}
            title={t('fromTemplate.media')}
            text={t('fromTemplate.mediaText')}
          />
          <LeadCard onLead={props.onMachine} title={t('vmImport.media')} text={t('vmImport.mediaText')} />
        </fieldset>
      </Wide>
      <Show when={form().media === 'disc'}>
        <BoundSelect
          of={props.of}
          name="iso"
          label={t('create.iso')}
          span={6}
          none={t('create.noIso')}
          choices={(props.discs ?? []).map(fileChoice)}
          hint={props.discs?.length === 0 ? t('create.noIsoHint') : undefined}
        />
        <Show when={vmSystems[form().system].windows}>
          <SelectField
            label={t('create.drivers')}
            class="sm:col-span-6"
            value={form().drivers}
            onValue={props.onDrivers}
            none={t('create.noIso')}
            choices={(props.discs ?? []).map(fileChoice)}
            hint={t('create.driversHint')}
          />
        </Show>
      </Show>
      <Show when={form().media === 'image'}>
        <BoundSelect
          of={props.of}
          name="image"
          label={t('create.image')}
          span={6}
          none={t('create.chooseImage')}
          choices={(props.images ?? []).map(fileChoice)}
          hint={props.images?.length === 0 ? t('create.noImageHint') : t('create.imageHint')}
        />
      </Show>
    </FormGroup>
  );
}

/** What the system decides, for who knows better. */
function HardwareGroup(props: Pick<CreateVmFieldsProps, 'of'>) {
  return (
    <MoreSettings>
      <Columns>
        <BoundSelect
          of={props.of}
          name="firmware"
          label={t('create.firmware')}
          span={3}
          choices={[
            { value: 'seabios', label: t('create.seabios') },
            { value: 'ovmf', label: t('create.ovmf') },
          ]}
        />
        <BoundSelect
          of={props.of}
          name="machine"
          label={t('create.machineType')}
          span={3}
          choices={machineTypes.map((one) => ({ value: one, label: t(`machineType.${one}`) }))}
        />
        <BoundSelect of={props.of} name="cpuType" label={t('create.cpuType')} span={6} choices={cpuTypes()} />
        <BoundSelect
          of={props.of}
          name="diskBus"
          label={t('create.bus')}
          span={3}
          choices={buses.map((bus) => ({ value: bus, label: t(`bus.${bus}`) }))}
          disabled={props.of.form.diskStorage === ''}
        />
        <BoundSelect
          of={props.of}
          name="netModel"
          label={t('create.netModel')}
          span={3}
          choices={netModels.map((model) => ({ value: model, label: model }))}
          disabled={props.of.form.bridge === ''}
        />
      </Columns>
    </MoreSettings>
  );
}
