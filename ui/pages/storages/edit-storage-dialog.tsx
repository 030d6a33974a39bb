// Changing a storage: what is fixed is shown, the rest are fields; only what differs is sent.
import { createSignal, For, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { ApiMap } from '../../../server/contract/index.ts';
import { api } from '../../api/client.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Notice, Skeleton } from '../../components/panel.tsx';
import {
  changedStorageParams,
  checkStorage,
  formOf,
  isSound,
  type StorageConfig,
  type StorageForm,
} from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';
import { StorageFields } from './storage-fields.tsx';
import { problemOf, typeName } from './storage-words.ts';
import { createStorageTypes } from './storages-data.ts';

export default function EditStorageDialog(props: {
  config: StorageConfig;
  onDone: () => void;
  onClose: () => void;
}) {
  const { config } = props;
  const types = createStorageTypes();
  const type = () => types.data()?.find((one) => one.type === config.type);
  const [form, setForm] = createStore<StorageForm>(formOf(config));
  const [tried, setTried] = createSignal(false);
  const problems = () => {
    const one = type();
    return one && checkStorage(form, one, { existing: true });
  };
  const wrong = (name: string): string | undefined => {
    const found = tried() ? problems() : undefined;
    return found && problemOf(name === 'content' ? found.content : found.values[name]);
  };
  return (
    <FormDialog
      wide
      title={t('storageEdit.title', { name: config.storage })}
      description={typeName(config.type)}
      action={t('common.save')}
      fields={type()?.options.map(({ name }) => name) ?? []}
      reason={type() ? undefined : t('common.wait')}
      check={() => {
        setTried(true);
        const found = problems();
        return found !== undefined && isSound(found);
      }}
      run={async () => {
        const one = type();
        if (!one) return;
        const params = changedStorageParams(form, one, config);
        if (Object.keys(params).length === 0) return;
        await api('PUT /storage/{storage}', {
          ...(params as Partial<ApiMap['PUT /storage/{storage}']['params']>),
          storage: config.storage,
          ...(typeof config['digest'] === 'string' ? { digest: config['digest'] } : {}),
        });
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <ErrorNote error={types.error()} retry={types.reload} />
          <Show
            when={types.data()}
            fallback={<Show when={types.error() === undefined}>{<Skeleton lines={8} />}</Show>}
          >
            <For
              each={types.data()?.filter((one) => one.type === config.type)}
              fallback={<Notice tone="warn">{t('storageEdit.unknownType', { type: config.type })}</Notice>}
            >
              {(one) => (
                <StorageFields
                  existing
                  form={form}
                  type={one}
                  set={(part) => setForm((now) => ({ ...now, ...part }))}
                  error={(name) => wrong(name) ?? refused(name)}
                />
              )}
            </For>
          </Show>
        </>
      )}
    </FormDialog>
  );
}
