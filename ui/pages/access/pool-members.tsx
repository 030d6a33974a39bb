// What is in a pool: guests and storages, to be put in and taken out.
import { A } from '@solidjs/router';
import Plus from 'lucide-solid/icons/plus';
import { createMemo, createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import type { Column } from '../../components/data-table.tsx';
import { t } from '../../i18n/index.ts';
import { guestOf, live } from '../../live/store.ts';
import { hrefOf, labelOf } from '../../shell/tree-model.ts';
import type { PoolMember } from './access-data.ts';
import { AccessTable, textColumn } from './access-table.tsx';
import { AddMembersDialog } from './pool-dialogs.tsx';

const nameOf = (member: PoolMember): string => {
  if (member.vmid === undefined) return member.storage ?? member.id;
  const guest = guestOf(member.vmid);
  return guest ? `${member.vmid} ${labelOf(guest)}` : String(member.vmid);
};
const kindOf = (member: PoolMember) =>
  t(({ qemu: 'guests.vm', lxc: 'guests.container', storage: 'pools.storage' } as const)[member.type]);

const placeOf = (member: PoolMember) => {
  const known = live.resources[member.id];
  return known ? hrefOf(known) : '/';
};

const columns: readonly Column<PoolMember>[] = [
  {
    key: 'name',
    title: 'guests.name',
    width: 240,
    grow: true,
    card: 'title',
    sortBy: nameOf,
    cell: (row, tab) => (
      <A href={placeOf(row())} tabindex={tab()} class="font-medium hover:underline" title={nameOf(row())}>
        {nameOf(row())}
      </A>
    ),
  },
  textColumn({ key: 'kind', title: 'permissions.kind', width: 180, drop: 1, card: 'aside' }, kindOf),
  textColumn(
    { key: 'node', title: 'guests.node', width: 150, drop: 2, card: 'line' },
    (member) => member.node,
  ),
];

export function PoolMembers(props: { poolid: string; reason: string | undefined }) {
  const [adding, setAdding] = createSignal(false);
  const [removing, setRemoving] = createSignal<PoolMember>();
  const pool = createQuery(
    () => ({ poolid: props.poolid, revision: live.configChanges[`/pool/${props.poolid}`] ?? 0 }),
    async ({ poolid }) => (await api('GET /pools', { poolid }))[0],
  );
  /** A storage that several nodes see is one member. */
  const members = createMemo(() => {
    const seen = new Map<string, PoolMember>();
    for (const one of pool.data()?.members ?? []) seen.set(one.storage ?? one.id, one);
    return [...seen.values()];
  });
  return (
    <>
      <AccessTable
        name="pool-members"
        label={t('pools.membersOf', { pool: props.poolid })}
        title={t('pools.membersOf', { pool: props.poolid })}
        query={pool}
        rows={members()}
        columns={columns}
        sortBy="name"
        rowKey={(member) => member.id}
        rowName={nameOf}
        texts={(member) => [nameOf(member), kindOf(member), member.node]}
        empty={{ title: t('pools.empty'), text: t('pools.emptyHint') }}
        tools={
          <Button icon={<Plus size={15} />} reason={props.reason} onClick={() => setAdding(true)}>
            {t('pools.addMembers')}
          </Button>
        }
        menu={(member) => [
          { label: t('pools.takeOut'), onSelect: () => setRemoving(member), reason: props.reason },
        ]}
      />
      <Show when={adding()}>
        <AddMembersDialog
          poolid={props.poolid}
          members={members()}
          onDone={pool.reload}
          onClose={() => setAdding(false)}
        />
      </Show>
      <Show when={removing()} keyed>
        {(member) => (
          <ConfirmDialog
            open
            onClose={() => setRemoving(undefined)}
            title={t('pools.takeOutTitle')}
            action={t('pools.takeOut')}
            onConfirm={async () => {
              await api('PUT /pools', {
                poolid: props.poolid,
                delete: true,
                ...(member.vmid === undefined
                  ? { storage: member.storage ?? '' }
                  : { vms: String(member.vmid) }),
              });
              pool.reload();
            }}
          >
            <span class="break-words">
              {t('pools.takeOutText', { what: nameOf(member), pool: props.poolid })}
            </span>
          </ConfirmDialog>
        )}
      </Show>
    </>
  );
}
