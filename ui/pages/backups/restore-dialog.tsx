// Restoring a guest from a backup: as a new guest, or in the place of the one that there is, whose disks are given up then.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createEffect, createMemo, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { BoundCheck, BoundNumber, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { ChoiceCard } from '../../components/choice-card.tsx';
import { CheckField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { heldText } from '../../components/guest-words.ts';
import { Notice } from '../../components/panel.tsx';
import { bytes } from '../../format/show.ts';
import {
  checkRestore,
  kindOfBackup,
  newRestore,
  noLiveRestore,
  type RestoreForm,
  restoreParamOf,
  restoreParams,
} from '../../forms/restore-guest.ts';
import { t, tOr } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { fillNextId } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { storageChoice } from '../guest/form-group.tsx';
import { problemText } from '../guest/problem-text.ts';
import { type Backup, backupTitle } from './backup-columns.tsx';
import { SpeedLimit } from './speed-limit.tsx';

const say = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : tOr(`restore.problem.${word}`, problemText(word) ?? word);

export default function RestoreDialog(props: { node: string; backup: Backup; onClose: () => void }) {
  const { backup } = props;
  const kind = kindOfBackup(backup) ?? 'qemu';
  /** Whose backup it is, as far as it is there. */
  const there = createMemo(() => (backup.vmid === undefined ? undefined : guestOf(backup.vmid)));
  const name = () => {
    const item = there();
    return item ? `${item.vmid} ${labelOf(item)}` : String(backup.vmid ?? backupTitle(backup));
  };
  const checked = createCheckedForm<RestoreForm>(
    // Beside the guest that there is, the same addresses would meet.
    { ...newRestore, unique: there() !== undefined },
    (given) => checkRestore(given, (vmid) => guestOf(vmid) !== undefined, backup.vmid),
    say,
  );
  const { form } = checked;
  fillNextId(
    () => form.vmid,
    (vmid) => checked.set({ vmid }),
  );
  const isOver = () => form.target === 'over';
  const noOver = () => {
    const item = there();
    if (!item) return t('restore.notThere', { vmid: backup.vmid ?? '' });
    if (item.type !== kind) return t('restore.otherKind', { name: name() });
    if (item.node !== props.node) return t('restore.otherNode', { node: item.node });
    return (
      heldText(item) ?? (item.status === 'stopped' ? undefined : t('restore.stopFirst', { name: name() }))
    );
  };
  const storages = createStorageChoices(() => props.node);
  const targets = createMemo(() => storages.holding(kind === 'qemu' ? 'images' : 'rootdir'));
  const noLive = () =>
    noLiveRestore({
      kind,
      format: backup.format,
      formats: targets()?.find((one) => one.storage === form.storage)?.formats,
    });
  createEffect(() => {
    if (form.live && noLive() !== undefined) checked.set({ live: false });
  });
  const reason = () => {
    if (targets()?.length === 0) return t('restore.noStorage');
    return isOver() ? noOver() : undefined;
  };
  const liveHint = () => {
    const why = noLive();
    if (why === 'archive') return t('restore.noLiveArchive');
    return why === 'storage' ? t('restore.noLiveStorage', { storage: form.storage }) : t('restore.liveHint');
  };

  async function restore(): Promise<void> {
    const asked = restoreParams(kind, backup.volid, form, backup.vmid);
    watchTask(
      asked.kind === 'lxc'
        ? await api('POST /nodes/{node}/lxc', { node: props.node, ...asked.params })
        : await api('POST /nodes/{node}/qemu', { node: props.node, ...asked.params }),
    );
  }

  return (
    <FormDialog
      wide
      title={t('restore.title', { name: name() })}
      description={t('restore.from', { when: backupTitle(backup), size: bytes(backup.size) })}
      action={t('backup.restore')}
      danger={isOver()}
      reason={reason()}
      check={checked.check}
      run={restore}
      onClose={props.onClose}
      fields={[...Object.values(restoreParamOf), 'force']}
    >
      {(refused) => {
        const of = refusing(checked, (field) => refused(restoreParamOf[field] ?? field));
        return (
          <>
            <p class="font-mono text-sm break-all text-muted">{backup.volid}</p>
            <fieldset class="grid gap-2 sm:grid-cols-2" aria-label={t('restore.target')}>
              <ChoiceCard
                name="target"
                chosen={!isOver()}
                onChoose={() => checked.set({ target: 'new' })}
                title={t('restore.new')}
                text={t('restore.newText')}
              />
              <ChoiceCard
                name="target"
                chosen={isOver()}
                onChoose={() => checked.set({ target: 'over' })}
                title={t('restore.over', { name: name() })}
                text={t('restore.overText')}
                reason={noOver()}
              />
            </fieldset>
            <Show when={isOver()}>
              <Notice tone="bad" icon={<TriangleAlert size={16} />}>
                {t('restore.overWarning', { name: name(), when: backupTitle(backup) })}
              </Notice>
            </Show>
            <div class="grid items-start gap-4 sm:grid-cols-2">
              <Show when={isOver()} fallback={<BoundNumber of={of} name="vmid" label={t('clone.vmid')} />}>
                <BoundText
                  of={of}
                  name="typed"
                  label={t('confirm.type', { text: String(backup.vmid ?? '') })}
                  error={of.error('typed') ?? refused('vmid') ?? refused('force')}
                  inputmode="numeric"
                  autocomplete="off"
                  mono
                />
              </Show>
              <BoundSelect
                of={of}
                name="storage"
                label={t('restore.storage')}
                none={t(kind === 'qemu' ? 'restore.sameStorage' : 'restore.usualStorage')}
                choices={(targets() ?? []).map(storageChoice)}
                hint={kind === 'qemu' && form.storage === '' ? t('restore.storageHint') : undefined}
              />
            </div>
            <div class="flex flex-col gap-3">
              <Show when={!isOver()}>
                <BoundCheck
                  of={of}
                  name="unique"
                  label={t('restore.unique')}
                  hint={t('restore.uniqueHint')}
                />
              </Show>
              <Show when={!form.live}>
                <BoundCheck of={of} name="start" label={t('restore.start')} />
              </Show>
              <Show when={kind === 'qemu'}>
                <CheckField
                  label={t('restore.live')}
                  hint={liveHint()}
                  checked={form.live}
                  onValue={(live) => checked.set({ live })}
                  disabled={noLive() !== undefined}
                  error={of.error('live')}
                />
              </Show>
            </div>
            <SpeedLimit of={of} />
          </>
        );
      }}
    </FormDialog>
  );
}
