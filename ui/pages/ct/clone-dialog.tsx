// Making a container like another one, or like a snapshot of it.
import { createEffect, createMemo, createSignal, on, Show } from 'solid-js';
import { storageChoices } from '../../api/choices.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { ctDevicesOf } from '../../forms/ct-config.ts';
import { isHostName, isVmid } from '../../forms/plain-rules.ts';
import { currentName } from '../../forms/snapshot-tree.ts';
import { t } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { storageChoice } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { problemText } from '../guest/problem-text.ts';

export default function CloneDialog(props: { onClose: () => void }) {
  const ct = useGuest();
  const isTemplate = ct.item().template === 1;
  const [vmid, setVmid] = createSignal('');
  const [hostname, setHostname] = createSignal('');
  const [snapshot, setSnapshot] = createSignal('');
  const [wantsFull, setFull] = createSignal(!isTemplate);
  /** Only what does not change can be shared. */
  const canLink = () => isTemplate || snapshot() !== '';
  const full = () => wantsFull() || !canLink();
  const [storage, setStorage] = createSignal('');
  const [tried, setTried] = createSignal(false);
  const nextId = createQuery(
    () => ({}),
    () => api('GET /cluster/nextid', {}),
  );
  const snapshots = createQuery(ct.place, (place) => api('GET /nodes/{node}/lxc/{vmid}/snapshot', place));
  const storages = createQuery(
    () => ({ node: ct.place().node }),
    ({ node }) => storageChoices(node),
  );
  const fitting = createMemo(() => (storages.data() ?? []).filter((one) => one.content.includes('rootdir')));
  const names = createMemo(() =>
    (snapshots.data() ?? []).map((one) => one.name).filter((name) => name !== currentName),
  );
  createEffect(
    on(nextId.data, (id) => {
      if (id !== undefined && vmid() === '') setVmid(String(id));
    }),
  );
  const problem = {
    vmid: () => (isVmid(vmid()) ? (guestOf(Number(vmid())) === undefined ? undefined : 'taken') : 'vmid'),
    hostname: () => (hostname() === '' || isHostName(hostname()) ? undefined : 'name'),
  };
  const shown = (field: keyof typeof problem) => (tried() ? problemText(problem[field]()) : undefined);
  const hasFolders = () => ctDevicesOf(ct.config.data() ?? []).some((one) => one.kind === 'bind');

  return (
    <EditDialog
      title={t('clone.title', { name: labelOf(ct.item()) })}
      action={t('clone.submit')}
      field="newid"
      fields={['hostname', 'storage', 'snapname']}
      onClose={props.onClose}
      check={() => {
        setTried(true);
        return problem.vmid() === undefined && problem.hostname() === undefined;
      }}
      change={() => ({})}
      save={async () => {
        watchTask(
          await api('POST /nodes/{node}/lxc/{vmid}/clone', {
            ...ct.place(),
            newid: Number(vmid()),
            ...(hostname() === '' ? {} : { hostname: hostname() }),
            ...(snapshot() === '' ? {} : { snapname: snapshot() }),
            ...(full() ? { full: true } : {}),
            ...(full() && storage() !== '' ? { storage: storage() } : {}),
          }),
        );
      }}
    >
      {(error) => (
        <>
          <div class="grid items-start gap-4 sm:grid-cols-[8rem_1fr]">
            <TextField
              label={t('clone.vmid')}
              inputmode="numeric"
              value={vmid()}
              onValue={setVmid}
              error={shown('vmid') ?? error()}
            />
            <TextField
              label={t('clone.hostname')}
              value={hostname()}
              onValue={setHostname}
              error={shown('hostname') ?? error('hostname')}
              autofocus
            />
          </div>
          <Show when={names().length > 0}>
            <SelectField
              label={t('clone.from')}
              value={snapshot()}
              onValue={setSnapshot}
              none={t('clone.fromNow')}
              choices={names().map((name) => ({ value: name, label: name }))}
              error={error('snapname')}
            />
          </Show>
          <Show when={canLink()}>
            <fieldset class="grid gap-2 sm:grid-cols-2" aria-label={t('clone.kind')}>
              <ChoiceCard
                name="kind"
                chosen={!full()}
                onChoose={() => setFull(false)}
                title={t('clone.linked')}
                text={t('clone.linkedText')}
              />
              <ChoiceCard
                name="kind"
                chosen={full()}
                onChoose={() => setFull(true)}
                title={t('clone.full')}
                text={t('clone.fullText')}
              />
            </fieldset>
          </Show>
          <Show when={full()}>
            <SelectField
              label={t('clone.storage')}
              value={storage()}
              onValue={setStorage}
              none={t('clone.sameStorage')}
              choices={fitting().map(storageChoice)}
              error={error('storage')}
            />
          </Show>
          <Show when={hasFolders()}>
            <p class="text-sm text-muted">{t('clone.bindNote')}</p>
          </Show>
        </>
      )}
    </EditDialog>
  );
}
