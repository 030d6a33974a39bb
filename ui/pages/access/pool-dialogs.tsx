// The dialogs that make a pool, change its comment, and put guests and storages into it.
import { createMemo, createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { BoundText } from '../../components/bound-field.tsx';
import { CheckList } from '../../components/check-list.tsx';
import { CheckField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { t } from '../../i18n/index.ts';
import { guests, storages } from '../../live/store.ts';
import { labelOf } from '../../shell/tree-model.ts';
import type { Pool, PoolMember } from './access-data.ts';
import { createAccessForm } from './access-form.ts';
import { poolIdProblem } from './access-problems.ts';

interface PoolDialogProps {
  /** The one that is changed; undefined for a new one. */
  pool: Pool | undefined;
  known: readonly string[];
  onDone: (poolid: string) => void;
  onClose: () => void;
}

export function PoolDialog(props: PoolDialogProps) {
  const { pool } = props;
  const form = createAccessForm({ poolid: pool?.poolid ?? '', comment: pool?.comment ?? '' }, (now) => ({
    poolid: pool ? undefined : poolIdProblem(now.poolid.trim(), props.known),
  }));
  return (
    <FormDialog
      title={pool ? t('pools.editTitle', { pool: pool.poolid }) : t('pools.create')}
      action={t(pool ? 'common.save' : 'pools.create')}
      fields={['poolid', 'comment']}
      check={form.check}
      run={async () => {
        const change = { poolid: form.form.poolid.trim(), comment: form.form.comment.trim() };
        await (pool ? api('PUT /pools', change) : api('POST /pools', change));
        props.onDone(change.poolid);
      }}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <Show when={!pool}>
            <BoundText
              of={form}
              name="poolid"
              label={t('pools.pool')}
              hint={t('pools.nameHint')}
              error={refused('poolid')}
              autocapitalize="none"
            />
          </Show>
          <BoundText of={form} name="comment" label={t('access.comment')} error={refused('comment')} />
        </>
      )}
    </FormDialog>
  );
}

interface AddMembersProps {
  poolid: string;
  members: readonly PoolMember[];
  onDone: () => void;
  onClose: () => void;
}

export function AddMembersDialog(props: AddMembersProps) {
  const [vms, setVms] = createSignal<readonly string[]>([]);
  const [chosenStorages, setStorages] = createSignal<readonly string[]>([]);
  const [move, setMove] = createSignal(false);
  const guestChoices = createMemo(() =>
    guests()
      .filter((one) => one.pool !== props.poolid)
      .sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0))
      .map((one) => ({
        value: String(one.vmid),
        label: `${one.vmid} ${labelOf(one)}`,
        hint: one.pool === undefined ? undefined : t('pools.inPool', { pool: one.pool }),
      })),
  );
  const storageChoices = createMemo(() => {
    const inside = new Set(props.members.map((one) => one.storage));
    const names = new Set(storages().map((one) => one.storage ?? ''));
    return [...names]
      .filter((name) => name !== '' && !inside.has(name))
      .sort()
      .map((name) => ({ value: name, label: name }));
  });
  /** Guests that leave another pool. */
  const moving = () => guests().filter((one) => one.pool !== undefined && vms().includes(String(one.vmid)));
  const reason = () => {
    if (vms().length + chosenStorages().length === 0) return t('pools.chooseFirst');
    return moving().length > 0 && !move() ? t('pools.moveFirst') : undefined;
  };
  return (
    <FormDialog
      title={t('pools.addTo', { pool: props.poolid })}
      action={t('pools.addMembers')}
      reason={reason()}
      run={async () => {
        await api('PUT /pools', {
          poolid: props.poolid,
          ...(vms().length > 0 ? { vms: vms().join(',') } : {}),
          ...(chosenStorages().length > 0 ? { storage: chosenStorages().join(',') } : {}),
          ...(moving().length > 0 ? { 'allow-move': true } : {}),
        });
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {() => (
        <>
          <CheckList
            label={t('tab.guests')}
            choices={guestChoices()}
            chosen={vms()}
            onChosen={setVms}
            empty={t('pools.noGuest')}
          />
          <CheckList
            label={t('storages.title')}
            choices={storageChoices()}
            chosen={chosenStorages()}
            onChosen={setStorages}
            empty={t('pools.noStorage')}
          />
          <Show when={moving().length > 0}>
            <CheckField
              label={t('pools.move')}
              hint={moving()
                .map((one) =>
                  t('pools.moveHint', { guest: `${one.vmid} ${labelOf(one)}`, pool: one.pool ?? '' }),
                )
                .join(' ')}
              checked={move()}
              onValue={setMove}
            />
          </Show>
        </>
      )}
    </FormDialog>
  );
}
