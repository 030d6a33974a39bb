// A VM's cloud-init drive: adding it, making its image anew, and a look at what is generated.
import RefreshCw from 'lucide-solid/icons/refresh-cw';
import { createMemo, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { changeDevices } from '../../api/guests.ts';
import { createQuery } from '../../api/query.ts';
import { refusing } from '../../components/bound-field.tsx';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Notice, Skeleton } from '../../components/panel.tsx';
import { createSubmission } from '../../components/submission.ts';
import { cloudInitKeys, readCustomFiles } from '../../forms/cloud-init.ts';
import { pendingKeys, settingOf } from '../../forms/guest-config.ts';
import { newDriveKey } from '../../forms/vm-config.ts';
import { checkStorage } from '../../forms/vm-small-devices.ts';
import { t, tn } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { StorageField } from '../guest/storage-field.tsx';

export function AddDriveDialog(props: { onClose: () => void }) {
  const vm = useGuest();
  const checked = createCheckedForm({ storage: '' }, checkStorage);
  const key = () => newDriveKey(vm.config.data() ?? []);
  return (
    <EditDialog
      title={t('cloudInit.addDrive')}
      action={t('cloudInit.addDrive')}
      field={key() ?? ''}
      reason={key() === undefined ? t('cloudInit.noFreeDrive') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [key() ?? '']: `${checked.form.storage}:cloudinit` })}
      save={(change) => changeDevices(vm.kind, vm.place(), change)}
    >
      {(error) => (
        <>
          <StorageField
            of={refusing(checked, () => error())}
            node={vm.place().node}
            content="images"
            label={t('cloudInit.storage')}
            hint={t('cloudInit.storageHint', { key: key() ?? '–' })}
          />
          <Show when={vm.item().status !== 'stopped'}>
            <Notice tone="accent">{t('cloudInit.addWhileRunning')}</Notice>
          </Show>
        </>
      )}
    </EditDialog>
  );
}

/** What the guest was not told yet, and telling it now. */
export function RegenerateNotice() {
  const vm = useGuest();
  const waiting = createMemo(
    () => pendingKeys(vm.config.data() ?? []).filter((key) => cloudInitKeys.test(key)).length,
  );
  const { busy, error, submit } = createSubmission(async () => {
    await vm.change(() => api('PUT /nodes/{node}/qemu/{vmid}/cloudinit', { ...vm.place() }));
  });
  return (
    <Show when={waiting() > 0 || error()}>
      <Notice tone="accent" icon={<RefreshCw size={16} />}>
        <p>{tn('cloudInit.waits', waiting())}</p>
        <p class="mt-0.5 text-muted">{t('cloudInit.waitsHint')}</p>
        <div class="mt-2 flex flex-col items-start gap-2">
          <Button busy={busy()} onClick={() => void submit()}>
            {t('cloudInit.regenerate')}
          </Button>
          <ErrorNote error={error()} title={t('cloudInit.regenerateFailed')} />
        </div>
      </Notice>
    </Show>
  );
}

const kinds = ['user', 'network', 'meta'] as const;

export function DumpDialog(props: { onClose: () => void }) {
  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      title={t('cloudInit.dumpTitle')}
      description={t('cloudInit.dumpHint')}
      footer={<Button onClick={props.onClose}>{t('common.close')}</Button>}
    >
      <div class="flex flex-col gap-4">
        <For each={kinds}>{(type) => <DumpedFile type={type} />}</For>
      </div>
    </Dialog>
  );
}

function DumpedFile(props: { type: (typeof kinds)[number] }) {
  const vm = useGuest();
  const text = createQuery(
    () => ({ ...vm.place(), type: props.type }),
    (of) => api('GET /nodes/{node}/qemu/{vmid}/cloudinit/dump', of),
  );
  const replaced = () =>
    readCustomFiles(settingOf(vm.config.data() ?? [], 'cicustom').wanted ?? '')[props.type];
  return (
    <div class="flex flex-col gap-2">
      <Show when={replaced()}>
        {(file) => <Notice tone="warn">{t('cloudInit.dumpReplaced', { file: file() })}</Notice>}
      </Show>
      <ErrorNote error={text.error()} title={t(`cloudInit.file.${props.type}`)} retry={text.reload} />
      <Show
        when={text.data() !== undefined}
        fallback={<Show when={!text.error()}>{<Skeleton lines={4} />}</Show>}
      >
        <CodeBlock label={t(`cloudInit.file.${props.type}`)} text={text.data() ?? ''} columns />
      </Show>
    </div>
  );
}
