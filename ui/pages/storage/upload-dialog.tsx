// Choosing a file to upload, with an optional checksum.
import { createSignal, Show } from 'solid-js';
import { upload } from '../../api/upload.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { startUpload } from '../../live/uploads.ts';

export const checksumKinds = ['sha256', 'sha512', 'sha1', 'md5'] as const;
const accepted: Readonly<Record<string, string>> = {
  iso: '.iso,.img',
  vztmpl: '.tar.gz,.tar.xz,.tar.zst,.tgz,.gz,.xz,.zst',
  import: '.ova,.ovf,.conf,.qcow2,.raw,.vmdk,.vhdx,.vhd',
};

interface UploadDialogProps {
  open: boolean;
  onClose: () => void;
  node: string;
  storage: string;
  kind: string;
  /** Where it is shown, for `startUpload`. */
  place: string;
}

export function UploadDialog(props: UploadDialogProps) {
  const [file, setFile] = createSignal<File>();
  const [algorithm, setAlgorithm] = createSignal('');
  const [checksum, setChecksum] = createSignal('');
  let chooser: HTMLInputElement | undefined;

  function submit(event: Event): void {
    event.preventDefault();
    const chosen = file();
    if (!chosen) {
      chooser?.focus();
      return;
    }
    const value = checksum().trim().toLowerCase();
    const request = {
      node: props.node,
      storage: props.storage,
      content: props.kind,
      file: chosen,
      ...(algorithm() !== '' && value !== '' ? { checksum: { algorithm: algorithm(), value } } : {}),
    };
    void startUpload(props.place, chosen, (sending) => upload({ ...request, ...sending }));
    setFile(undefined);
    setChecksum('');
    props.onClose();
  }

  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={t('upload.title')}
      description={t('upload.to', { storage: props.storage, node: props.node })}
      footer={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            type="submit"
            form="upload-form"
            reason={file() ? undefined : t('upload.chooseFirst')}
          >
            {t('upload.submit')}
          </Button>
        </>
      }
    >
      <form id="upload-form" class="flex flex-col gap-4" onSubmit={submit}>
        <div class="flex flex-col gap-1">
          <label for="upload-file" class="text-sm font-medium">
            {t('upload.file')}
          </label>
          <input
            ref={chooser}
            id="upload-file"
            type="file"
            accept={accepted[props.kind] ?? ''}
            class="w-full rounded-md border border-dashed border-line-strong p-3 text-sm file:me-3 file:rounded-md file:border file:border-line file:bg-hover file:px-3 file:py-1.5 file:text-text"
            onChange={(event) => setFile(event.currentTarget.files?.[0])}
          />
          <Show when={file()}>
            {(chosen) => <p class="num text-xs text-muted">{bytes(chosen().size)}</p>}
          </Show>
        </div>
        <div class="grid gap-3 sm:grid-cols-[9rem_1fr]">
          <SelectField
            label={t('upload.algorithm')}
            value={algorithm()}
            onValue={setAlgorithm}
            none={t('upload.noChecksum')}
            choices={checksumKinds.map((kind) => ({ value: kind, label: kind.toUpperCase() }))}
          />
          <Show when={algorithm() !== ''}>
            <TextField label={t('upload.checksum')} value={checksum()} onValue={setChecksum} mono />
          </Show>
        </div>
      </form>
    </Dialog>
  );
}
