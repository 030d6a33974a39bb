// The fields of the create dialog, in four groups.
import type { StorageChoice } from '../../api/choices.ts';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { type CreateVmForm, defaultsFor } from '../../forms/create-vm.ts';
import { t, tOr } from '../../i18n/index.ts';
import { FormGroup, storageChoice } from '../guest/form-group.tsx';

interface CreateFormProps {
  form: CreateVmForm;
  set: (part: Partial<CreateVmForm>) => void;
  /** What is wrong with which field, as a word of the dictionary. */
  problems: Readonly<Partial<Record<keyof CreateVmForm, string>>>;
  /** The daemon's words on parameters that it refused. */
  refused: Readonly<Record<string, string>>;
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

export function CreateForm(props: CreateFormProps) {
  const problem = (field: keyof CreateVmForm): string | undefined => {
    const word = props.problems[field];
    return word === undefined ? undefined : tOr(`create.problem.${word}`, word);
  };
  return (
    <>
      <FormGroup title={t('create.general')}>
        <TextField
          label={t('create.name')}
          class="sm:col-span-4"
          value={props.form.name}
          onValue={(name) => props.set({ name })}
          error={problem('name') ?? props.refused['name']}
          autofocus
        />
        <TextField
          label={t('create.vmid')}
          class="sm:col-span-2"
          inputmode="numeric"
          value={props.form.vmid}
          onValue={(vmid) => props.set({ vmid })}
          error={problem('vmid') ?? props.refused['vmid']}
        />
        <SelectField
          label={t('create.node')}
          class="sm:col-span-2"
          value={props.form.node}
          onValue={(node) => props.set({ node })}
          choices={props.nodes.map((node) => ({ value: node, label: node }))}
          error={problem('node')}
        />
        <SelectField
          label={t('create.ostype')}
          class="sm:col-span-4"
          value={props.form.ostype}
          onValue={(ostype) => props.set({ ostype, ...defaultsFor(ostype) })}
          choices={osTypes.map((one) => ({ value: one, label: osName(one) }))}
        />
        <SelectField
          label={t('create.iso')}
          class="sm:col-span-6"
          value={props.form.iso}
          onValue={(iso) => props.set({ iso })}
          none={t('create.noIso')}
          choices={props.discs.map((disc) => ({
            value: disc.volid,
            label: `${disc.volid} (${bytes(disc.size)})`,
          }))}
          hint={props.discs.length === 0 ? t('create.noIsoHint') : undefined}
        />
      </FormGroup>
      <FormGroup title={t('create.machine')}>
        <TextField
          label={t('create.cores')}
          class="sm:col-span-2"
          inputmode="numeric"
          value={props.form.cores}
          onValue={(cores) => props.set({ cores })}
          error={problem('cores') ?? props.refused['cores']}
        />
        <TextField
          label={t('create.memory')}
          class="sm:col-span-2"
          inputmode="numeric"
          suffix="MiB"
          value={props.form.memoryMiB}
          onValue={(memoryMiB) => props.set({ memoryMiB })}
          error={problem('memoryMiB') ?? props.refused['memory']}
        />
        <SelectField
          label={t('create.firmware')}
          class="sm:col-span-2"
          value={props.form.firmware}
          onValue={(firmware) => props.set({ firmware: firmware === 'ovmf' ? 'ovmf' : 'seabios' })}
          choices={[
            { value: 'seabios', label: t('create.seabios') },
            { value: 'ovmf', label: t('create.ovmf') },
          ]}
        />
      </FormGroup>
      <FormGroup title={t('create.disk')}>
        <SelectField
          label={t('create.diskStorage')}
          class="sm:col-span-3"
          value={props.form.diskStorage}
          onValue={(diskStorage) => props.set({ diskStorage })}
          none={t('create.noDisk')}
          choices={props.storages.map(storageChoice)}
        />
        <TextField
          label={t('create.diskSize')}
          class="sm:col-span-2"
          inputmode="numeric"
          suffix="GiB"
          value={props.form.diskGiB}
          onValue={(diskGiB) => props.set({ diskGiB })}
          error={problem('diskGiB')}
          disabled={props.form.diskStorage === ''}
        />
        <SelectField
          label={t('create.bus')}
          class="sm:col-span-1"
          value={props.form.diskBus}
          onValue={(bus) => props.set({ diskBus: buses.find((one) => one === bus) ?? 'scsi' })}
          choices={buses.map((bus) => ({ value: bus, label: t(`bus.${bus}`) }))}
          disabled={props.form.diskStorage === ''}
        />
      </FormGroup>
      <FormGroup title={t('create.network')}>
        <SelectField
          label={t('create.bridge')}
          class="sm:col-span-3"
          value={props.form.bridge}
          onValue={(bridge) => props.set({ bridge })}
          none={t('create.noNetwork')}
          choices={props.bridges.map((one) => ({
            value: one.iface,
            label: one.comments === '' ? one.iface : `${one.iface} – ${one.comments}`,
          }))}
        />
        <SelectField
          label={t('create.netModel')}
          class="sm:col-span-3"
          value={props.form.netModel}
          onValue={(netModel) => props.set({ netModel })}
          choices={netModels.map((model) => ({ value: model, label: model }))}
          disabled={props.form.bridge === ''}
        />
      </FormGroup>
      <div>
        <CheckField
          label={t('create.agent')}
          hint={t('create.agentHint')}
          checked={props.form.agent}
          onValue={(agent) => props.set({ agent })}
        />
        <CheckField
          label={t('create.start')}
          checked={props.form.start}
          onValue={(start) => props.set({ start })}
        />
      </div>
    </>
  );
}
