// Bringing an update to the node: a file from here, or a URL that the node fetches.
import Download from 'lucide-solid/icons/download';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import UploadIcon from 'lucide-solid/icons/upload';
import { createSignal, Match, Show, Switch } from 'solid-js';
import type { ApplianceStatus } from '../../../server/contract/appliance.ts';
import type { TaskItem } from '../../../server/contract/tasks.ts';
import { api } from '../../api/client.ts';
import { asApiError } from '../../api/errors.ts';
import { uploadUpdate } from '../../api/upload.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { TextField } from '../../components/field.tsx';
import { ProgressBar } from '../../components/meter.tsx';
import { Notice, Panel } from '../../components/panel.tsx';
import { toastError } from '../../components/toasts.tsx';
import { bytes, moment, percent } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { tasks } from '../../live/store.ts';
import { cancelUpload, dismissUpload, startUpload, type Upload, uploadsAt } from '../../live/uploads.ts';
import { watchTask } from '../../live/watched.ts';
import { slotTask } from './slots-panel.tsx';

const placeOf = (node: string) => `/nodes/${node}/system`;
/** The one that is on its way, or how the last one ended. */
const uploadOf = (node: string) => uploadsAt(placeOf(node)).at(-1);

/** One at a time. */
function sendFile(node: string, file: File): void {
  const last = uploadOf(node);
  if (last?.state === 'sending') return;
  if (last) dismissUpload(last.id);
  void startUpload(placeOf(node), file, (sending) => uploadUpdate({ node, file, ...sending }));
}

export function UpdatePanel(props: { node: string; status: ApplianceStatus }) {
  const task = () => slotTask(props.node);
  const sending = () => {
    const one = uploadOf(props.node);
    return one?.state === 'sending' ? one : undefined;
  };
  return (
    <Panel title={t('system.update.title')}>
      <Switch fallback={<Offers node={props.node} trial={props.status.trial === 1} />}>
        {/* While the file is on its way the task runs already: the upload knows more. */}
        <Match when={sending()}>{(one) => <Sending upload={one()} />}</Match>
        <Match when={task()}>{(one) => <Writing task={one()} />}</Match>
      </Switch>
    </Panel>
  );
}

function Offers(props: { node: string; trial: boolean }) {
  const [url, setUrl] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  let chooser: HTMLInputElement | undefined;
  const ended = () => uploadOf(props.node);
  /** The newest update did not even come to the other slot. */
  const failed = () => {
    const newest = tasks().find((task) => task.node === props.node && task.type === 'imageupdate');
    return newest?.state === 'failed' || newest?.state === 'interrupted' ? newest : undefined;
  };
  const isUrl = () => /^https?:\/\/\S+$/.test(url().trim());
  const refusal = () => (props.trial ? t('system.update.notOnTrial') : undefined);

  async function fetchUrl(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy() || !isUrl() || props.trial) return;
    setBusy(true);
    setError(undefined);
    try {
      watchTask(await api('POST /nodes/{node}/appliance/update', { node: props.node, url: url().trim() }));
      setUrl('');
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="flex flex-col gap-4">
      <p class="text-sm text-muted">{refusal() ?? t('system.update.hint')}</p>
      <Show when={ended()?.state === 'failed' && ended()}>
        {(one) => <ErrorNote error={one().error} retry={() => chooser?.click()} />}
      </Show>
      <Show when={failed()}>
        {(task) => (
          <Notice tone="bad" icon={<TriangleAlert size={16} />}>
            <p class="font-medium">{t('system.update.failed', { when: moment(task().endtime) })}</p>
            <p>{task().status}</p>
          </Notice>
        )}
      </Show>
      <Show when={ended()?.state === 'cancelled'}>
        <p class="text-sm text-muted" role="status">
          {t('system.update.cancelled')}
        </p>
      </Show>
      <div class="grid items-end gap-x-6 gap-y-4 md:grid-cols-[auto_1fr]">
        <div class="flex flex-col gap-1.5">
          <span class="text-sm font-medium" id="update-file-label">
            {t('system.update.fromFile')}
          </span>
          <input
            ref={chooser}
            type="file"
            class="hidden"
            aria-labelledby="update-file-label"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = '';
              if (file) sendFile(props.node, file);
            }}
          />
          <Button icon={<UploadIcon size={15} />} reason={refusal()} onClick={() => chooser?.click()}>
            {t('system.update.choose')}
          </Button>
        </div>
        <form class="flex min-w-0 items-end gap-2" onSubmit={(event) => void fetchUrl(event)}>
          <TextField
            class="flex-1"
            label={t('system.update.url')}
            value={url()}
            onValue={setUrl}
            inputmode="url"
            placeholder="https://"
            mono
          />
          <Button
            type="submit"
            icon={<Download size={15} />}
            busy={busy()}
            reason={refusal() ?? (isUrl() ? undefined : t('download.urlFirst'))}
          >
            {t('system.update.fetch')}
          </Button>
        </form>
      </div>
      <ErrorNote error={error()} />
    </div>
  );
}

function Sending(props: { upload: Upload }) {
  const share = () => (props.upload.size > 0 ? Math.min(1, props.upload.sent / props.upload.size) : 0);
  return (
    <div class="flex flex-col gap-2.5">
      <div class="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 text-sm">
        <span class="min-w-0 font-medium break-all">{props.upload.name}</span>
        <span class="num text-muted">
          {t('common.of', { used: bytes(props.upload.sent), total: bytes(props.upload.size) })}
          {', '}
          {t('upload.progress', { share: percent(share()), speed: bytes(props.upload.speed) })}
        </span>
      </div>
      <ProgressBar label={t('upload.progressOf', { name: props.upload.name })} share={share()} />
      <div>
        <Button onClick={() => cancelUpload(props.upload.id)}>{t('upload.cancel')}</Button>
      </div>
    </div>
  );
}

function Writing(props: { task: TaskItem }) {
  return (
    <div class="flex flex-col gap-2.5">
      <div class="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 text-sm">
        <span class="min-w-0 font-medium" role="status">
          {props.task.type === 'imageupdate' ? t('system.update.writing') : t('system.update.switching')}
        </span>
        <span class="num text-muted">
          {props.task.progress === undefined ? '' : percent(props.task.progress)}
        </span>
      </div>
      <ProgressBar
        label={t('task.progressOf', { what: props.task.description })}
        share={props.task.progress}
      />
      <Show when={props.task.cancellable}>
        <div>
          <Button
            reason={props.task.state === 'cancelling' ? t('taskState.cancelling') : undefined}
            onClick={() => {
              const { node, upid } = props.task;
              api('DELETE /nodes/{node}/tasks/{upid}', { node, upid }).catch((thrown) =>
                toastError(t('task.cancelFailed'), thrown),
              );
            }}
          >
            {t('common.cancel')}
          </Button>
        </div>
      </Show>
    </div>
  );
}
