// The pools: sets of guests and storages on which roles are given together; and what is in the one that is chosen.
import Plus from 'lucide-solid/icons/plus';
import { createMemo, createSignal, Match, Show, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import type { Column } from '../../components/data-table.tsx';
import { t } from '../../i18n/index.ts';
import { createOwnRights, createPools, type Pool } from './access-data.ts';
import { AccessTable, NameButton, textColumn } from './access-table.tsx';
import { PoolDialog } from './pool-dialogs.tsx';
import { PoolMembers } from './pool-members.tsx';

type Open = { readonly what: 'new' } | { readonly what: 'edit' | 'delete'; readonly pool: Pool };

export default function PoolsTab() {
  const [open, setOpen] = createSignal<Open>();
  const [chosen, setChosen] = createSignal<string>();
  const pools = createPools();
  const rights = createOwnRights();
  const reasonOf = (pool: string) => rights.lacking(`/pool/${pool}`, 'Pool.Allocate');
  const shown = createMemo(() => (pools.data() ?? []).find((one) => one.poolid === chosen())?.poolid);

  const columns: readonly Column<Pool>[] = [
    {
      key: 'pool',
      title: 'pools.pool',
      width: 220,
      grow: true,
      card: 'title',
      sortBy: (pool) => pool.poolid,
      cell: (row, tab) => (
        <NameButton name={row().poolid} tab={tab()} onClick={() => setChosen(row().poolid)} />
      ),
    },
    textColumn(
      { key: 'comment', title: 'access.comment', width: 320, grow: true, drop: 1, card: 'line' },
      (pool) => pool.comment ?? '',
    ),
  ];

  return (
    <div class="flex flex-col gap-4">
      <AccessTable
        name="pools"
        label={t('access.tab.pools')}
        query={pools}
        rows={pools.data() ?? []}
        columns={columns}
        sortBy="pool"
        rowKey={(pool) => pool.poolid}
        rowName={(pool) => pool.poolid}
        texts={(pool) => [pool.poolid, pool.comment]}
        empty={{ title: t('pools.none'), text: t('pools.noneHint') }}
        tools={
          <Button
            look="primary"
            icon={<Plus size={15} />}
            reason={rights.lackingBelow('/pool', 'Pool.Allocate')}
            onClick={() => setOpen({ what: 'new' })}
          >
            {t('pools.create')}
          </Button>
        }
        menu={(pool) => [
          { label: t('pools.members'), onSelect: () => setChosen(pool.poolid) },
          {
            label: t('pools.editComment'),
            onSelect: () => setOpen({ what: 'edit', pool }),
            reason: reasonOf(pool.poolid),
          },
          {
            label: t('pools.delete'),
            onSelect: () => setOpen({ what: 'delete', pool }),
            reason: reasonOf(pool.poolid),
            harsh: true,
          },
        ]}
      />
      <Show
        when={shown()}
        keyed
        fallback={
          <Show when={(pools.data() ?? []).length > 0}>
            <p class="text-sm text-muted">{t('pools.choose')}</p>
          </Show>
        }
      >
        {(poolid) => <PoolMembers poolid={poolid} reason={reasonOf(poolid)} />}
      </Show>
      <Show when={open()} keyed>
        {(one) => (
          <Switch>
            <Match when={one.what !== 'delete'}>
              <PoolDialog
                pool={one.what === 'edit' ? one.pool : undefined}
                known={(pools.data() ?? []).map((pool) => pool.poolid)}
                onDone={(poolid) => {
                  pools.reload();
                  setChosen(poolid);
                }}
                onClose={() => setOpen(undefined)}
              />
            </Match>
            <Match when={one.what === 'delete' && one.pool}>
              {(pool) => (
                <ConfirmDialog
                  open
                  onClose={() => setOpen(undefined)}
                  title={t('pools.deleteTitle')}
                  action={t('pools.delete')}
                  typed={pool().poolid}
                  onConfirm={async () => {
                    await api('DELETE /pools', { poolid: pool().poolid });
                    pools.reload();
                  }}
                >
                  <span class="break-words">{t('pools.deleteText', { pool: pool().poolid })}</span>
                </ConfirmDialog>
              )}
            </Match>
          </Switch>
        )}
      </Show>
    </div>
  );
}
