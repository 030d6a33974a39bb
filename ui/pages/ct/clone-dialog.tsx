// Making a container like another one, or like a snapshot of it.
import { createMemo, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { BoundNumber, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import {
  type CloneForm,
  canLink,
  checkClone,
  cloneParamOf,
  cloneParams,
  isFull,
} from '../../forms/clone-ct.ts';
import { ctDevicesOf } from '../../forms/ct-config.ts';
import { currentName } from '../../forms/snapshot-tree.ts';
import { t } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { fillNextId } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { storageChoice } from '../guest/form-group.tsx';
import { useGuest } from '../guest/guest-context.ts';

export default function CloneDialog(props: { onClose: () => void }) {
  const ct = useGuest();
  const isTemplate = ct.item().template === 1;
  const checked = createCheckedForm<CloneForm>(
    { vmid: '', hostname: '', snapshot: '', wantsFull: !isTemplate, storage: '' },
    (given) => checkClone(given, (vmid) => guestOf(vmid) !== undefined),
  );
  const { form, set } = checked;
  const full = () => isFull(form, isTemplate);
  fillNextId(
    () => form.vmid,
    (vmid) => set({ vmid }),
  );
  const snapshots = createQuery(ct.place, (place) => api('GET /nodes/{node}/lxc/{vmid}/snapshot', place));
  const storages = createStorageChoices(() => ct.place().node);
  const names = createMemo(() =>
    (snapshots.data() ?? []).map((one) => one.name).filter((name) => name !== currentName),
  );
  const hasFolders = () => ctDevicesOf(ct.config.data() ?? []).some((one) => one.kind === 'bind');

  return (
    <EditDialog
      title={t('clone.title', { name: labelOf(ct.item()) })}
      action={t('clone.submit')}
      field="newid"
      fields={Object.values(cloneParamOf)}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({})}
      save={async () => {
        watchTask(
          await api('POST /nodes/{node}/lxc/{vmid}/clone', {
            ...ct.place(),
            ...cloneParams(form, isTemplate),
          }),
        );
      }}
    >
      {(error) => {
        const of = refusing(checked, (name) => error(cloneParamOf[name] ?? ''));
        return (
          <>
            <div class="grid items-start gap-4 sm:grid-cols-[8rem_1fr]">
              <BoundNumber of={of} name="vmid" label={t('clone.vmid')} />
              <BoundText
                of={of}
                name="hostname"
                label={t('clone.hostname')}
                hint={t('ct.create.hostnameHint')}
                autofocus
              />
            </div>
            <Show when={names().length > 0}>
              <BoundSelect
                of={of}
                name="snapshot"
                label={t('clone.from')}
                none={t('clone.fromNow')}
                choices={names().map((name) => ({ value: name, label: name }))}
              />
            </Show>
            <Show when={canLink(form, isTemplate)}>
              <fieldset class="grid gap-2 sm:grid-cols-2" aria-label={t('clone.kind')}>
                <ChoiceCard
                  name="kind"
                  chosen={!full()}
                  onChoose={() => set({ wantsFull: false })}
                  title={t('clone.linked')}
                  text={t('clone.linkedText')}
                />
                <ChoiceCard
                  name="kind"
                  chosen={full()}
                  onChoose={() => set({ wantsFull: true })}
                  title={t('clone.full')}
                  text={t('clone.fullText')}
                />
              </fieldset>
            </Show>
            <Show when={full()}>
              <BoundSelect
                of={of}
                name="storage"
                label={t('clone.storage')}
                none={t('clone.sameStorage')}
                choices={(storages.holding('rootdir') ?? []).map(storageChoice)}
              />
            </Show>
            <Show when={hasFolders()}>
              <p class="text-sm text-muted">{t('clone.bindNote')}</p>
            </Show>
          </>
        );
      }}
    </EditDialog>
  );
}
