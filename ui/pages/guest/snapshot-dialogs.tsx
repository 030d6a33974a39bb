// The dialogs that take a snapshot, go back to one after saying what is lost, describe and remove one.
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { CheckField, TextArea, TextField } from '../../components/field.tsx';
import { Notice } from '../../components/panel.tsx';
import { bytes, moment } from '../../format/show.ts';
import { ctDevicesOf } from '../../forms/ct-config.ts';
import { sourceOf } from '../../forms/ct-mount.ts';
import { checkSnapshotName, type SnapshotLine } from '../../forms/snapshot-tree.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { EditDialog } from './edit-dialog.tsx';
import { type GuestContext, useGuest } from './guest-context.ts';
import { problemText } from './problem-text.ts';

/** The folders of the node that are mounted in a container: snapshots have nothing to do with them. */
function foldersOf(guest: GuestContext): string {
  if (guest.kind !== 'lxc') return '';
  return ctDevicesOf(guest.config.data() ?? [])
    .filter((one) => one.kind === 'bind')
    .map((one) => sourceOf((one.current ?? one.wanted)!))
    .join(', ');
}

export function TakeSnapshotDialog(props: { known: readonly SnapshotLine[]; onClose: () => void }) {
  const guest = useGuest();
  const [name, setName] = createSignal('');
  const [description, setDescription] = createSignal('');
  const [tried, setTried] = createSignal(false);
  const [memory, setMemory] = createSignal(true);
  /** Only a machine's memory can be kept, and only while there is some. */
  const hasMemory = () => guest.kind === 'qemu' && guest.item().status !== 'stopped';
  const withMemory = () => hasMemory() && memory();
  const problem = () => checkSnapshotName(name(), props.known);
  return (
    <EditDialog
      title={t('snapshot.takeTitle')}
      action={t('snapshot.takeSubmit')}
      field="snapname"
      onClose={props.onClose}
      check={() => {
        setTried(true);
        return problem() === undefined;
      }}
      change={() => ({})}
      save={async () => {
        watchTask(
          await api(`POST /nodes/{node}/${guest.kind}/{vmid}/snapshot`, {
            ...guest.place(),
            snapname: name().trim(),
            ...(description().trim() === '' ? {} : { description: description() }),
            ...(withMemory() ? { vmstate: true } : {}),
          }),
        );
      }}
    >
      {(error) => (
        <>
          <TextField
            label={t('snapshot.name')}
            value={name()}
            onValue={setName}
            error={(tried() ? problemText(problem()) : undefined) ?? error()}
            hint={t('snapshot.nameHint')}
            placeholder="before-upgrade"
            autofocus
          />
          <TextArea
            label={t('snapshot.description')}
            value={description()}
            onValue={setDescription}
            rows={3}
          />
          <Show when={hasMemory()}>
            <CheckField
              label={t('snapshot.memory')}
              hint={
                memory()
                  ? t('snapshot.memoryHint', { size: bytes(guest.item().maxmem) })
                  : t('snapshot.noMemoryHint')
              }
              checked={memory()}
              onValue={setMemory}
            />
          </Show>
          <Show when={foldersOf(guest)}>
            {(folders) => (
              <p class="text-sm text-muted">{t('snapshot.bindLeftOut', { folders: folders() })}</p>
            )}
          </Show>
        </>
      )}
    </EditDialog>
  );
}

/** `alone`: there is no other snapshot to speak of. */
export function RollbackDialog(props: { snapshot: SnapshotLine; alone: boolean; onClose: () => void }) {
  const guest = useGuest();
  const on = () => guest.item().status !== 'stopped';
  const [start, setStart] = createSignal(on());
  /** It runs on then: there is nothing to start. */
  const withMemory = () => props.snapshot.vmstate === 1;
  const date = moment(props.snapshot.snaptime);
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('snapshot.rollbackTitle', { name: props.snapshot.name })}
      action={t('snapshot.rollback')}
      onConfirm={async () => {
        watchTask(
          await api(`POST /nodes/{node}/${guest.kind}/{vmid}/snapshot/{snapname}/rollback`, {
            ...guest.place(),
            snapname: props.snapshot.name,
            ...(start() && !withMemory() ? { start: true } : {}),
          }),
        );
      }}
    >
      <p>{t('snapshot.lost')}</p>
      <ul class="mt-1 list-disc ps-5">
        <li>{t(guest.kind === 'qemu' ? 'snapshot.lostDisks' : 'snapshot.lostFiles', { date })}</li>
        <li>{t('snapshot.lostSettings')}</li>
        <Show when={on()}>
          <li>{t('snapshot.lostRunning')}</li>
        </Show>
      </ul>
      <p class="mt-3">{t('snapshot.kept')}</p>
      <ul class="mt-1 mb-2 list-disc ps-5 text-muted">
        <Show when={!props.alone}>
          <li>{t('snapshot.keptSnapshots')}</li>
        </Show>
        <li>{t(guest.kind === 'qemu' ? 'snapshot.keptDisks' : 'snapshot.keptVolumes')}</li>
        <Show when={foldersOf(guest)}>
          {(folders) => <li>{t('snapshot.keptFolders', { folders: folders() })}</li>}
        </Show>
      </ul>
      <Show when={!withMemory()} fallback={<p>{t('snapshot.runsOn')}</p>}>
        <CheckField label={t('snapshot.rollbackStart')} checked={start()} onValue={setStart} />
      </Show>
    </ConfirmDialog>
  );
}

export function DescribeSnapshotDialog(props: {
  snapshot: SnapshotLine;
  onSaved: () => void;
  onClose: () => void;
}) {
  const guest = useGuest();
  const [text, setText] = createSignal(props.snapshot.description);
  return (
    <EditDialog
      title={t('snapshot.edit', { name: props.snapshot.name })}
      field="description"
      onClose={props.onClose}
      change={() => ({})}
      save={async () => {
        await api(`PUT /nodes/{node}/${guest.kind}/{vmid}/snapshot/{snapname}/config`, {
          ...guest.place(),
          snapname: props.snapshot.name,
          description: text(),
        });
        props.onSaved();
      }}
    >
      {(error) => (
        <TextArea
          label={t('snapshot.description')}
          value={text()}
          onValue={setText}
          error={error()}
          rows={4}
        />
      )}
    </EditDialog>
  );
}

export function RemoveSnapshotDialog(props: { snapshot: SnapshotLine; onClose: () => void }) {
  const guest = useGuest();
  const place = () => ({ ...guest.place(), snapname: props.snapshot.name });
  // While a container runs, some storages keep their snapshots: the daemon would refuse, and knows which.
  const feature = createQuery(
    () => guest.kind === 'lxc' && guest.item().status !== 'stopped' && place(),
    (from) => api('GET /nodes/{node}/lxc/{vmid}/feature', { ...from, feature: 'snapshot' }),
  );
  const reason = () =>
    guest.item().status !== 'stopped' && feature.data()?.hasFeature === 0
      ? (feature.data()?.reason ?? t('snapshot.cannot'))
      : undefined;
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('snapshot.removeTitle', { name: props.snapshot.name })}
      action={t('hardware.remove')}
      reason={reason()}
      onConfirm={async () => {
        watchTask(await api(`DELETE /nodes/{node}/${guest.kind}/{vmid}/snapshot/{snapname}`, place()));
      }}
    >
      <p>
        {t(guest.kind === 'qemu' ? 'snapshot.removeTextVm' : 'snapshot.removeText', {
          date: moment(props.snapshot.snaptime),
        })}
      </p>
      <Show when={reason()}>
        {(text) => (
          <div class="mt-3">
            <Notice tone="warn">{text()}</Notice>
          </div>
        )}
      </Show>
    </ConfirmDialog>
  );
}
