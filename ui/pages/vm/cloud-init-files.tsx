// Files of the user's own in place of what is generated for cloud-init: chosen among snippets, and uploaded to a storage for them.
import { createMemo, createSignal, createUniqueId, For, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import { createFileChoices, createStorageChoices } from '../../api/node-choices.ts';
import { uploadSnippet } from '../../api/upload.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField } from '../../components/field.tsx';
import { createSubmission } from '../../components/submission.ts';
import {
  type CustomFiles,
  type CustomKind,
  customFilesString,
  customKinds,
  readCustomFiles,
} from '../../forms/cloud-init.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { MoreSettings, withOwn } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';

export function customFilesText(files: CustomFiles): string {
  const named = customKinds.filter((kind) => files[kind] !== '');
  if (named.length === 0) return t('cloudInit.customNone');
  return named
    .map((kind) => t('cloudInit.customText', { kind: t(`cloudInit.file.${kind}`), file: files[kind] }))
    .join('\n');
}

export function CustomFilesDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const before = readCustomFiles(settingOf(vm.config.data() ?? [], 'cicustom').wanted ?? '');
  const [files, setFiles] = createStore<Record<CustomKind, string>>({ ...before });
  const snippets = createFileChoices(() => vm.place().node, 'snippets');
  const offered = createMemo(() =>
    (snippets.data() ?? []).map(({ volid }) => ({ value: volid, label: volid })),
  );
  return (
    <EditDialog
      wide
      title={t('cloudInit.custom')}
      field="cicustom"
      onClose={props.onClose}
      change={() => ({ cicustom: customFilesString(files) })}
    >
      {(error) => (
        <>
          <p class="text-sm text-muted">{t('cloudInit.customHint')}</p>
          <ErrorNote error={snippets.error()} retry={snippets.reload} />
          <div class="grid items-start gap-4 sm:grid-cols-2">
            <For each={customKinds}>
              {(kind) => (
                <SelectField
                  label={t(`cloudInit.file.${kind}`)}
                  value={files[kind]}
                  onValue={(volid) => setFiles(kind, volid)}
                  none={t(kind === 'vendor' ? 'cloudInit.vendorNone' : 'cloudInit.generated')}
                  choices={withOwn(offered(), before[kind])}
                  error={kind === 'user' ? error() : undefined}
                />
              )}
            </For>
          </div>
          <MoreSettings title={t('cloudInit.uploadSnippet')}>
            <SnippetUpload />
          </MoreSettings>
        </>
      )}
    </EditDialog>
  );
}

function SnippetUpload() {
  const vm = useGuest();
  const id = createUniqueId();
  const [file, setFile] = createSignal<File>();
  const [chosen, setChosen] = createSignal('');
  const storages = createStorageChoices(() => vm.place().node);
  const fitting = () => storages.holding('snippets') ?? [];
  const storage = () => chosen() || (fitting()[0]?.storage ?? '');
  const { busy, error, submit } = createSubmission(async () => {
    const sending = { onProgress: () => {}, signal: new AbortController().signal };
    const upid = await uploadSnippet({
      ...sending,
      node: vm.place().node,
      storage: storage(),
      file: file()!,
    });
    watchTask(upid);
  });
  const reason = () => {
    if (storage() === '') return t('cloudInit.noSnippetStorage');
    return file() === undefined ? t('upload.chooseFirst') : undefined;
  };
  return (
    <div class="flex flex-col gap-3">
      <div class="flex flex-col gap-1">
        <label for={id} class="text-sm font-medium">
          {t('upload.file')}
        </label>
        <input
          id={id}
          type="file"
          class="w-full rounded-md border border-dashed border-line-strong p-3 text-sm file:me-3 file:rounded-md file:border file:border-line file:bg-hover file:px-3 file:py-1.5 file:text-text"
          onChange={(event) => setFile(event.currentTarget.files?.[0])}
        />
      </div>
      <Show when={storages.holding('snippets')}>
        <SelectField
          label={t('cloudInit.snippetStorage')}
          value={storage()}
          onValue={setChosen}
          choices={fitting().map((one) => ({ value: one.storage, label: one.storage }))}
          hint={fitting().length === 0 ? t('cloudInit.noSnippetStorage') : t('cloudInit.snippetHint')}
        />
      </Show>
      <div>
        <Button busy={busy()} reason={reason()} onClick={() => void submit()}>
          {t('upload.submit')}
        </Button>
      </div>
      <ErrorNote error={error()} />
    </div>
  );
}
