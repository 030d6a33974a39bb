// Changes a VM's memory: how much, whether the node may take some back, and of which pages it is made.
import { For, Show } from 'solid-js';
import { BoundCheck, BoundNumber, refusing } from '../../components/bound-field.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { bytes } from '../../format/show.ts';
import { checkMemory, type MemoryForm, memoryChange, readMemory } from '../../forms/vm-memory.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';

/** The keys that are changed together. */
export const memoryKeys = ['memory', 'balloon', 'shares', 'allow-ksm'] as const;

/** The parameter whose refusal is shown at a field. */
const paramOf = {
  ...{ memory: 'memory', minimum: 'balloon', shares: 'shares', ksm: 'allow-ksm' },
} as const;

const sized = (text: string) => (/^\d{1,9}$/.test(text.trim()) ? bytes(Number(text) * 1024 ** 2) : undefined);

export function MemoryDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  // As it was when the dialog was opened: what somebody else changed meanwhile, and nobody here, is not written back.
  const before = vm.config.data() ?? [];
  const checked = createCheckedForm<MemoryForm>(readMemory(before), checkMemory);
  const { form, set } = checked;
  /** The parameters whose fields are there. */
  const shown = () => [
    ...[paramOf.memory, paramOf.ksm],
    ...(form.balloon === 'between' ? [paramOf.minimum, paramOf.shares] : []),
  ];
  return (
    <EditDialog
      wide
      title={t('create.memory')}
      field=""
      fields={shown()}
      onClose={props.onClose}
      check={checked.check}
      change={() => memoryChange(form, before)}
    >
      {(error) => {
        const of = refusing(checked, (name) => (name === 'balloon' ? undefined : error(paramOf[name])));
        return (
          <>
            <BoundNumber
              of={of}
              name="memory"
              label={t('create.memory')}
              suffix="MiB"
              hint={sized(form.memory)}
            />
            <fieldset class="flex flex-col gap-2">
              <legend class="mb-1 text-sm font-medium">{t('vmMemory.balloon')}</legend>
              <For each={['all', 'between', 'none'] as const}>
                {(one) => (
                  <ChoiceCard
                    name="balloon"
                    chosen={form.balloon === one}
                    onChoose={() => set({ balloon: one })}
                    title={t(`vmMemory.balloon.${one}`)}
                    text={t(`vmMemory.about.${one}`)}
                  />
                )}
              </For>
            </fieldset>
            <Show when={form.balloon === 'between'}>
              <div class="grid items-start gap-x-4 gap-y-3 sm:grid-cols-2">
                <BoundNumber
                  of={of}
                  name="minimum"
                  label={t('vmMemory.minimum')}
                  suffix="MiB"
                  hint={sized(form.minimum)}
                />
                <BoundNumber
                  of={of}
                  name="shares"
                  label={t('vmMemory.shares')}
                  hint={t('vmMemory.sharesHint')}
                />
              </div>
            </Show>
            <BoundCheck of={of} name="ksm" label={t('vmMemory.ksm')} hint={t('vmMemory.ksmHint')} />
          </>
        );
      }}
    </EditDialog>
  );
}
