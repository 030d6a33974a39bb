// Making a guest like another one, or like a snapshot of it: linked or in full.
import { createMemo, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { BoundArea, BoundNumber, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import {
  type CloneForm,
  checkClone,
  cloneNameParam,
  cloneParamOf,
  cloneParams,
  newClone,
} from '../../forms/clone-guest.ts';
import { ctDevicesOf } from '../../forms/ct-config.ts';
import { currentName } from '../../forms/snapshot-tree.ts';
import { t } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { fillNextId } from '../create-guest/new-guest.ts';
import { createCheckedForm } from './checked-form.ts';
import { CloneFields, ClonePoolField, createCloneChoices } from './clone-fields.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { MoreSettings } from './form-group.tsx';
import { useGuest } from './guest-context.ts';

export default function CloneDialog(props: { onClose: () => void }) {
  const guest = useGuest();
  const { kind } = guest;
  const isTemplate = guest.item().template === 1;
  const checked = createCheckedForm<CloneForm>({ ...newClone, wantsFull: !isTemplate }, (given) =>
    checkClone(given, (vmid) => guestOf(vmid) !== undefined),
  );
  const { form, set } = checked;
  fillNextId(
    () => form.vmid,
    (vmid) => set({ vmid }),
  );
  const snapshots = createQuery(guest.place, (place) =>
    api(`GET /nodes/{node}/${kind}/{vmid}/snapshot`, place),
  );
  const choices = createCloneChoices(
    () => ({ kind, ...guest.place(), status: guest.item().status, isTemplate }),
    checked,
  );
  const names = createMemo(() =>
    (snapshots.data() ?? []).map((one) => one.name).filter((name) => name !== currentName),
  );
  const hasFolders = () =>
    kind === 'lxc' && ctDevicesOf(guest.config.data() ?? []).some((one) => one.kind === 'bind');

  return (
    <EditDialog
      title={t('clone.title', { name: labelOf(guest.item()) })}
      action={t('clone.submit')}
      field="newid"
      fields={[...Object.values(cloneParamOf), cloneNameParam[kind]]}
      reason={choices.full() ? choices.noCopy() : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({})}
      save={async () => {
        const params = { ...guest.place(), ...cloneParams(kind, form, choices.full()) };
        watchTask(await api(`POST /nodes/{node}/${kind}/{vmid}/clone`, params));
      }}
    >
      {(error) => {
        const of = refusing(checked, (name) =>
          error(name === 'name' ? cloneNameParam[kind] : (cloneParamOf[name] ?? '')),
        );
        return (
          <>
            <div class="grid items-start gap-4 sm:grid-cols-[8rem_1fr]">
              <BoundNumber of={of} name="vmid" label={t('clone.vmid')} />
              <BoundText
                of={of}
                name="name"
                label={t(kind === 'lxc' ? 'clone.hostname' : 'create.name')}
                hint={kind === 'lxc' ? t('ct.create.hostnameHint') : undefined}
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
            <CloneFields of={of} choices={choices} />
            <MoreSettings>
              <div class="flex flex-col gap-4">
                <ClonePoolField of={of} />
                <BoundArea of={of} name="description" label={t('options.description')} rows={3} />
              </div>
            </MoreSettings>
            <Show when={hasFolders()}>
              <p class="text-sm text-muted">{t('clone.bindNote')}</p>
            </Show>
          </>
        );
      }}
    </EditDialog>
  );
}
