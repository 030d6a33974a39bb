// Changes a VM's processor: how many, of which type, and how much of the node it may take.
import { For } from 'solid-js';
import {
  BoundCheck,
  type BoundForm,
  BoundNumber,
  BoundSelect,
  BoundText,
  refusing,
} from '../../components/bound-field.tsx';
import { SelectField } from '../../components/field.tsx';
import {
  checkProcessor,
  cpuFlags,
  type ProcessorForm,
  processorChange,
  readProcessor,
} from '../../forms/vm-processor.ts';
import { t, tOr } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { Columns, MoreSettings } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { allCpuTypes } from './machine-choices.ts';

/** The keys that are changed together. */
export const processorKeys = [
  ...['cores', 'sockets', 'vcpus', 'cpu', 'cpulimit', 'cpuunits', 'numa', 'affinity'],
] as const;

/** The parameter whose refusal is shown at a field. */
const paramOf: Readonly<Partial<Record<keyof ProcessorForm, string>>> = {
  ...{ cores: 'cores', sockets: 'sockets', vcpus: 'vcpus', type: 'cpu', limit: 'cpulimit' },
  ...{ units: 'cpuunits', affinity: 'affinity', numa: 'numa' },
};

export function ProcessorDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  // As it was when the dialog was opened: what somebody else changed meanwhile, and nobody here, is not written back.
  const before = vm.config.data() ?? [];
  const checked = createCheckedForm<ProcessorForm>(readProcessor(before), checkProcessor);
  const own = checked.form.type;
  return (
    <EditDialog
      wide
      title={t('hardware.processor')}
      field=""
      fields={Object.values(paramOf)}
      onClose={props.onClose}
      check={checked.check}
      change={() => processorChange(checked.form, before)}
    >
      {(error) => {
        const of = refusing(checked, (name) => error(paramOf[name] ?? ''));
        return (
          <>
            <Columns>
              <BoundNumber of={of} name="cores" label={t('hardware.coresPerSocket')} span={3} />
              <BoundNumber
                of={of}
                name="sockets"
                label={t('hardware.sockets')}
                span={3}
                hint={t('vmCpu.socketsHint')}
              />
              <BoundSelect
                of={of}
                name="type"
                label={t('create.cpuType')}
                span={6}
                choices={allCpuTypes(own)}
                hint={tOr(`vmCpu.hint.${checked.form.type}`, t('vmCpu.hint.other'))}
              />
            </Columns>
            <More of={of} />
          </>
        );
      }}
    </EditDialog>
  );
}

function More(props: { of: BoundForm<ProcessorForm> }) {
  const form = () => props.of.form;
  return (
    <MoreSettings open={hasMore(form())}>
      <div class="flex flex-col gap-3">
        <Columns>
          <BoundText
            of={props.of}
            name="limit"
            label={t('vmCpu.limit')}
            span={3}
            inputmode="decimal"
            suffix={t('vmCpu.limitUnit')}
            hint={t('vmCpu.limitHint')}
          />
          <BoundNumber
            of={props.of}
            name="units"
            label={t('vmCpu.units')}
            span={3}
            hint={t('vmCpu.unitsHint')}
          />
          <BoundNumber
            of={props.of}
            name="vcpus"
            label={t('vmCpu.vcpus')}
            span={3}
            hint={t('vmCpu.vcpusHint')}
          />
          <BoundText
            of={props.of}
            name="affinity"
            label={t('vmCpu.affinity')}
            span={3}
            placeholder="0-3,8"
            hint={t('vmCpu.affinityHint')}
          />
        </Columns>
        <div>
          <BoundCheck of={props.of} name="numa" label={t('vmCpu.numa')} hint={t('vmCpu.numaHint')} />
          <BoundCheck of={props.of} name="hidden" label={t('vmCpu.hidden')} hint={t('vmCpu.hiddenHint')} />
        </div>
        <Columns>
          <BoundText
            of={props.of}
            name="vendor"
            label={t('vmCpu.vendor')}
            span={3}
            hint={t('vmCpu.vendorHint')}
          />
          <BoundText
            of={props.of}
            name="physBits"
            label={t('vmCpu.physBits')}
            span={3}
            hint={t('vmCpu.physBitsHint')}
          />
        </Columns>
        <Flags of={props.of} />
      </div>
    </MoreSettings>
  );
}

/** What of the processor is there or not, whatever its type says. */
function Flags(props: { of: BoundForm<ProcessorForm> }) {
  const set = (flag: string, sign: string) => {
    const { [flag]: _old, ...rest } = props.of.form.flags;
    props.of.set({ flags: sign === '+' || sign === '-' ? { ...rest, [flag]: sign } : rest });
  };
  /** One that is set and is not offered can be taken away. */
  const all = () => [...new Set([...cpuFlags, ...Object.keys(props.of.form.flags)])];
  return (
    <fieldset>
      <legend class="mb-1 text-sm font-medium">{t('vmCpu.flags')}</legend>
      <p class="mb-2 text-xs text-muted">{t('vmCpu.flagsHint')}</p>
      <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-3">
        <For each={all()}>
          {(flag) => (
            <SelectField
              label={flag}
              value={props.of.form.flags[flag] ?? ''}
              onValue={(sign) => set(flag, sign)}
              none={t('vmCpu.flagByType')}
              choices={[
                { value: '+', label: t('common.on') },
                { value: '-', label: t('common.off') },
              ]}
              hint={tOr(`vmCpu.flag.${flag}`, '')}
            />
          )}
        </For>
      </div>
    </fieldset>
  );
}

function hasMore(form: ProcessorForm): boolean {
  const texts = [form.limit, form.units, form.vcpus, form.affinity, form.vendor, form.physBits];
  return texts.some((text) => text !== '') || form.numa || form.hidden || Object.keys(form.flags).length > 0;
}
