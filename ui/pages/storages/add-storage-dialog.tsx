// Adding a storage: its type by cards, its fields, a review with the same as code; and LVM on a LUN right after an iSCSI target.
import { createSignal, For, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { ApiMap } from '../../../server/contract/index.ts';
import type { StorageType } from '../../../server/contract/storage-types.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { CheckField, TextField } from '../../components/field.tsx';
import { Notice, Skeleton } from '../../components/panel.tsx';
import { Wizard } from '../../components/wizard.tsx';
import {
  checkStorage,
  isBaseType,
  isSound,
  newStorageForm,
  newStorageParams,
  type StorageForm,
  withType,
} from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';
import { FormGroup, Wide } from '../guest/form-group.tsx';
import { StorageFields } from './storage-fields.tsx';
import { StorageReview } from './storage-review.tsx';
import { problemOf, typeName, typeText } from './storage-words.ts';
import { createStorageTypes } from './storages-data.ts';

interface AddStorageProps {
  /** Names that are in use. */
  taken: readonly string[];
  onDone: () => void;
  onClose: () => void;
}

/** In the order of what most people want; types that Croft does not come with follow. */
const order = ['dir', 'btrfs', 'lvm', 'lvmthin', 'nfs', 'cifs', 'glusterfs', 'iscsi', 'blockdevice', 'drbd'];

export default function AddStorageDialog(props: AddStorageProps) {
  const types = createStorageTypes();
  const rank = (type: string) => (order.includes(type) ? order.indexOf(type) : order.length);
  const sorted = () => [...(types.data() ?? [])].sort((a, b) => rank(a.type) - rank(b.type));
  /** The base that the next storage is laid on; each is a form of its own. */
  const [bases, setBases] = createSignal<readonly string[]>([]);
  return (
    <Show
      when={types.data()}
      fallback={
        <Dialog
          open
          wide
          onClose={props.onClose}
          title={t('storageAdd.title')}
          footer={<Button onClick={props.onClose}>{t('common.cancel')}</Button>}
        >
          <Show when={types.error()} fallback={<Skeleton lines={8} />}>
            <ErrorNote error={types.error()} retry={types.reload} />
          </Show>
        </Dialog>
      }
    >
      <For each={[bases()]}>
        {(made) => (
          <StorageWizard
            {...props}
            types={sorted()}
            taken={[...props.taken, ...made]}
            base={made.at(-1)}
            onBase={(name) => setBases([...made, name])}
          />
        )}
      </For>
    </Show>
  );
}

function StorageWizard(
  props: AddStorageProps & {
    types: readonly StorageType[];
    /** The storage that was just made for this one to be laid on. */
    base: string | undefined;
    onBase: (name: string) => void;
  },
) {
  const lvm = () => props.types.find((one) => one.type === 'lvm');
  const first = () => (props.base === undefined ? undefined : lvm()) ?? props.types[0];
  const start = first();
  const [form, setForm] = createStore<StorageForm>(
    start
      ? { ...newStorageForm(start), ...(props.base === undefined ? {} : { values: { shared: '1' } }) }
      : { type: '', storage: '', enabled: true, content: [], nodes: [], values: {} },
  );
  const [tried, setTried] = createSignal(false);
  const [thenLvm, setThenLvm] = createSignal(false);
  const type = () => props.types.find((one) => one.type === form.type);
  const set = (part: Partial<StorageForm>) => setForm((now) => ({ ...now, ...part }));
  const problems = () => {
    const one = type();
    return one && checkStorage(form, one, { taken: props.taken });
  };
  const wrong = (name: string): string | undefined => {
    const found = tried() ? problems() : undefined;
    if (!found) return undefined;
    if (name === 'storage' || name === 'content') return problemOf(found[name]);
    return problemOf(found.values[name]);
  };
  const shown = () => ['storage', 'type', ...(type()?.options.map(({ name }) => name) ?? [])];
  const choose = (next: StorageType) => {
    setForm((now) => withType(now, next));
    setThenLvm(false);
  };
  const offersLvm = () => isBaseType(form.type) && lvm()?.options.some(({ name }) => name === 'base');

  return (
    <Wizard
      title={t('storageAdd.title')}
      onClose={props.onClose}
      check={() => {
        setTried(true);
        const found = problems();
        return found !== undefined && isSound(found);
      }}
      submit={async () => {
        const one = type();
        if (!one) return;
        await api('POST /storage', newStorageParams(form, one) as ApiMap['POST /storage']['params']);
        props.onDone();
        if (thenLvm()) props.onBase(form.storage.trim());
        else props.onClose();
      }}
      shown={shown()}
      review={
        <Show when={type()}>{(one) => <StorageReview form={form} type={one()} thenLvm={thenLvm()} />}</Show>
      }
    >
      {(refused) => {
        const error = (name: string) => wrong(name) ?? refused(name);
        return (
          <>
            <Show when={props.base}>
              {(base) => <Notice tone="accent">{t('storageAdd.onBase', { name: base() })}</Notice>}
            </Show>
            <FormGroup title={t('storageAdd.type')}>
              <Wide>
                <div class="grid gap-2 sm:grid-cols-2 lg:grid-cols-3">
                  <For each={props.types}>
                    {(one) => (
                      <ChoiceCard
                        name="storage-type"
                        chosen={form.type === one.type}
                        onChoose={() => choose(one)}
                        title={typeName(one.type)}
                        text={typeText(one.type)}
                      />
                    )}
                  </For>
                </div>
              </Wide>
            </FormGroup>
            <FormGroup title={t('storageAdd.name')}>
              <TextField
                class="sm:col-span-3"
                label={t('storageAdd.id')}
                hint={t('storageAdd.idHint')}
                value={form.storage}
                onValue={(storage) => set({ storage })}
                error={error('storage')}
                autocapitalize="none"
              />
            </FormGroup>
            <For each={props.types.filter((one) => one.type === form.type)}>
              {(one) => <StorageFields form={form} type={one} set={set} error={error} />}
            </For>
            <Show when={offersLvm()}>
              <CheckField
                label={t('storageAdd.thenLvm')}
                hint={t('storageAdd.thenLvmHint')}
                checked={thenLvm()}
                onValue={setThenLvm}
              />
            </Show>
            <Show when={type() && (type()?.programs.length ?? 0) > 0}>
              <p class="text-xs text-muted">
                {t('storageAdd.programs', {
                  packages: [...new Set(type()?.programs.map((one) => one.package))].join(', '),
                })}
              </p>
            </Show>
          </>
        );
      }}
    </Wizard>
  );
}
