// The fields of the dialog that creates a VM, in groups.
import type { StorageChoice } from '../../api/choices.ts';
import {
  BoundCheck,
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
} from '../../components/bound-field.tsx';
import { SelectField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { type CreateVmForm, defaultsFor } from '../../forms/create-vm.ts';
import { t, tOr } from '../../i18n/index.ts';
import { MemoryField, NodeField, VmidField } from '../create-guest/new-guest-fields.tsx';
import { bridgeChoice, FormGroup, storageChoice } from '../guest/form-group.tsx';

interface CreateVmFieldsProps {
  of: BoundForm<CreateVmForm>;
  nodes: readonly string[];
  storages: readonly StorageChoice[];
  discs: readonly { volid: string; size: number }[];
  bridges: readonly { iface: string; comments: string }[];
}

const osTypes = ['l26', 'win11', 'win10', 'win8', 'win7', 'l24', 'solaris', 'other'] as const;
const buses = ['scsi', 'virtio', 'sata', 'ide'] as const;
const netModels = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3'] as const;

export function osName(ostype: string): string {
  return tOr(`os.${ostype}`, ostype);
}

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
          value={form().ostype}
          onValue={(ostype) => props.of.set({ ostype, ...defaultsFor(ostype) })}
          choices={osTypes.map((one) => ({ value: one, label: osName(one) }))}
        />
        <BoundSelect
          of={props.of}
          name="iso"
          label={t('create.iso')}
          span={6}
          none={t('create.noIso')}
          choices={props.discs.map(({ volid, size }) => ({
            value: volid,
            label: `${volid} (${bytes(size)})`,
          }))}
          hint={props.discs.length === 0 ? t('create.noIsoHint') : undefined}
        />
      </FormGroup>
      <FormGroup title={t('create.machine')}>
        <BoundNumber of={props.of} name="cores" label={t('create.cores')} span={2} />
        <MemoryField of={props.of} />
        <BoundSelect
          of={props.of}
          name="firmware"
          label={t('create.firmware')}
          span={2}
          choices={[
            { value: 'seabios', label: t('create.seabios') },
            { value: 'ovmf', label: t('create.ovmf') },
          ]}
        />
      </FormGroup>
      <FormGroup title={t('create.disk')}>
        <BoundSelect
          of={props.of}
          name="diskStorage"
          label={t('create.diskStorage')}
          span={3}
          none={t('create.noDisk')}
          choices={props.storages.map(storageChoice)}
        />
        <BoundNumber
          of={props.of}
          name="diskGiB"
          label={t('create.diskSize')}
          span={2}
          suffix="GiB"
          disabled={form().diskStorage === ''}
        />
        <BoundSelect
          of={props.of}
          name="diskBus"
          label={t('create.bus')}
          span={1}
          choices={buses.map((bus) => ({ value: bus, label: t(`bus.${bus}`) }))}
          disabled={form().diskStorage === ''}
        />
      </FormGroup>
      <FormGroup title={t('create.network')}>
        <BoundSelect
          of={props.of}
          name="bridge"
          label={t('create.bridge')}
          span={3}
          none={t('create.noNetwork')}
          choices={props.bridges.map(bridgeChoice)}
        />
        <BoundSelect
          of={props.of}
          name="netModel"
          label={t('create.netModel')}
          span={3}
          choices={netModels.map((model) => ({ value: model, label: model }))}
          disabled={form().bridge === ''}
        />
      </FormGroup>
      <div>
        <BoundCheck of={props.of} name="agent" label={t('create.agent')} hint={t('create.agentHint')} />
        <BoundCheck of={props.of} name="start" label={t('create.start')} />
      </div>
    </>
  );
}
