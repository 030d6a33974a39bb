// Letting the node fetch a file from a URL, after asking what the URL offers.
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { type ApiError, asApiError } from '../../api/errors.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { checksumKinds } from './upload-dialog.tsx';

interface DownloadDialogProps {
  open: boolean;
  onClose: () => void;
  node: string;
  storage: string;
  kind: 'iso' | 'vztmpl' | 'import';
}

export function DownloadDialog(props: DownloadDialogProps) {
  const [url, setUrl] = createSignal('');
  const [name, setName] = createSignal('');
  const [offer, setOffer] = createSignal<{ size?: number | undefined; mimetype?: string | undefined }>();
  const [algorithm, setAlgorithm] = createSignal<string>('');
  const [checksum, setChecksum] = createSignal('');
  const [verify, setVerify] = createSignal(true);
  const [busy, setBusy] = createSignal<'asking' | 'starting'>();
  const [error, setError] = createSignal<ApiError>();
  const valid = () => /^https?:\/\/\S+$/.test(url().trim());

  async function attempt(what: 'asking' | 'starting', work: () => Promise<void>): Promise<void> {
    if (busy()) return;
    setBusy(what);
    setError(undefined);
    try {
      await work();
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(undefined);
    }
  }

  const ask = () =>
    attempt('asking', async () => {
      const facts = await api('GET /nodes/{node}/query-url-metadata', {
        node: props.node,
        url: url().trim(),
        'verify-certificates': verify(),
      });
      setOffer(facts);
      if (facts.filename) setName(facts.filename);
    });

  const start = () =>
    attempt('starting', async () => {
      const sum = checksum().trim().toLowerCase();
      const kind = checksumKinds.find((one) => one === algorithm());
      watchTask(
        await api('POST /nodes/{node}/storage/{storage}/download-url', {
          node: props.node,
          storage: props.storage,
          content: props.kind,
          url: url().trim(),
          filename: name().trim(),
          'verify-certificates': verify(),
          ...(kind && sum !== '' ? { 'checksum-algorithm': kind, checksum: sum } : {}),
        }),
      );
      setUrl('');
      setName('');
      setOffer(undefined);
      setAlgorithm('');
      setChecksum('');
      props.onClose();
    });

  const reason = () =>
    !valid() ? t('download.urlFirst') : name().trim() === '' ? t('download.nameFirst') : undefined;
  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={t('download.title')}
      description={t('download.to', { storage: props.storage, node: props.node })}
      footer={
        <>
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button look="primary" reason={reason()} busy={busy() === 'starting'} onClick={() => void start()}>
            {t('download.submit')}
          </Button>
        </>
      }
    >
      <form
        class="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void (reason() === undefined ? start() : ask());
        }}
      >
        <div class="flex items-end gap-2">
          <TextField
            class="flex-1"
            label={t('download.url')}
            type="url"
            inputmode="url"
            value={url()}
            onValue={(value) => {
              setUrl(value);
              setOffer(undefined);
            }}
            error={error()?.fields['url']}
            placeholder="https://"
          />
          <Button
            busy={busy() === 'asking'}
            reason={valid() ? undefined : t('download.urlFirst')}
            onClick={() => void ask()}
          >
            {t('download.ask')}
          </Button>
        </div>
        <Show when={offer()}>
          {(facts) => (
            <p class="num text-sm text-muted">
              {t('download.offer', { size: bytes(facts().size), type: facts().mimetype ?? '–' })}
            </p>
          )}
        </Show>
        <TextField
          label={t('download.name')}
          value={name()}
          onValue={setName}
          error={error()?.fields['filename']}
          mono
        />
        <div class="grid gap-3 sm:grid-cols-[9rem_1fr]">
          <SelectField
            label={t('upload.algorithm')}
            value={algorithm()}
            onValue={setAlgorithm}
            none={t('upload.noChecksum')}
            choices={checksumKinds.map((kind) => ({ value: kind, label: kind.toUpperCase() }))}
          />
          <Show when={algorithm() !== ''}>
            <TextField
              label={t('upload.checksum')}
              value={checksum()}
              onValue={setChecksum}
              error={error()?.fields['checksum']}
              mono
            />
          </Show>
        </div>
        <CheckField label={t('download.verify')} checked={verify()} onValue={setVerify} />
        <ErrorNote error={error()} shown={['url', 'filename', 'checksum']} />
      </form>
    </Dialog>
  );
}
