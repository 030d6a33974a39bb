// The table of roles that were given: on all paths, or on one.
import Plus from 'lucide-solid/icons/plus';
import { createMemo, createSignal, Show } from 'solid-js';
import type { Query } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/data-table.tsx';
import { Badge } from '../../components/panel.tsx';
import { toastError } from '../../components/toasts.tsx';
import { t } from '../../i18n/index.ts';
import type { OwnRights } from './access-data.ts';
import { AccessTable, textColumn } from './access-table.tsx';
import type { Grant } from './acl-paths.ts';
import { GrantDialog, setReach, TakeGrantDialog } from './grant-dialogs.tsx';
import { pathWord } from './known-paths.ts';
import { mayModify } from './modify-rights.ts';

interface GrantTableProps {
  /** Only those on this path, which new ones are on too. */
  path?: string;
  title?: string;
  query: Query<unknown>;
  grants: readonly Grant[];
  rights: OwnRights;
  onChanged: () => void;
}

const grantKey = (grant: Grant) => [grant.path, grant.type, grant.ugid, grant.roleid].join('\n');
const nameOf = (grant: Grant) =>
  t('permissions.grantOf', { role: grant.roleid, who: grant.ugid, path: grant.path });

const whoColumn: Column<Grant> = {
  key: 'who',
  title: 'permissions.who',
  width: 215,
  grow: true,
  card: 'title',
  sortBy: (grant) => grant.ugid,
  cell: (row) => (
    <span title={row().ugid}>
      {row().ugid} <span class="text-muted">{t(`permissions.kind.${row().type}`)}</span>
    </span>
  ),
};
const pathColumn: Column<Grant> = {
  key: 'path',
  title: 'permissions.path',
  width: 160,
  grow: true,
  card: 'line',
  sortBy: (grant) => grant.path,
  cell: (row) => (
    <span title={row().path}>
      <span class="font-mono text-xs">{row().path}</span>{' '}
      <span class="text-muted">{pathWord(row().path)}</span>
    </span>
  ),
};
const restColumns: readonly Column<Grant>[] = [
  textColumn({ key: 'role', title: 'roles.role', width: 145, card: 'aside' }, (grant) => grant.roleid),
  {
    key: 'reach',
    title: 'permissions.reach',
    width: 115,
    drop: 1,
    card: 'line',
    sortBy: (grant) => grant.propagate ?? 1,
    cell: (row) => (
      <Show
        when={row().propagate === 0}
        fallback={<span class="text-muted">{t('permissions.reachesBelow')}</span>}
      >
        <Badge title={t('permissions.onlyHereHint')}>{t('permissions.onlyHere')}</Badge>
      </Show>
    ),
  },
];

export function GrantTable(props: GrantTableProps) {
  const [adding, setAdding] = createSignal(false);
  const [taking, setTaking] = createSignal<Grant>();
  const reasonOn = (path: string) => mayModify(props.rights, path);
  const columns = createMemo(() => [
    ...(props.path === undefined ? [pathColumn, whoColumn] : [whoColumn]),
    ...restColumns,
  ]);

  async function reach(grant: Grant): Promise<void> {
    try {
      await setReach(grant, grant.propagate === 0);
    } catch (thrown) {
      toastError(t('permissions.reachFailed'), thrown);
    }
    props.onChanged();
  }

  return (
    <>
      <AccessTable
        name={props.path === undefined ? 'permissions' : 'permissions-here'}
        label={props.title ?? t('access.tab.permissions')}
        title={props.title}
        query={props.query}
        rows={props.grants}
        columns={columns()}
        sortBy={props.path === undefined ? 'path' : 'who'}
        rowKey={grantKey}
        rowName={nameOf}
        texts={(grant) => [grant.path, grant.ugid, grant.roleid, pathWord(grant.path)]}
        empty={{
          title: t(props.path === undefined ? 'permissions.none' : 'permissions.noneHere'),
          text: t('permissions.noneHint'),
        }}
        tools={
          <Button
            look="primary"
            icon={<Plus size={15} />}
            reason={props.path === undefined ? undefined : reasonOn(props.path)}
            onClick={() => setAdding(true)}
          >
            {t('permissions.add')}
          </Button>
        }
        menu={(grant) => [
          {
            label: t(grant.propagate === 0 ? 'permissions.alsoBelow' : 'permissions.notBelow'),
            onSelect: () => void reach(grant),
            reason: reasonOn(grant.path),
          },
          {
            label: t('permissions.take'),
            onSelect: () => setTaking(grant),
            reason: reasonOn(grant.path),
            harsh: true,
          },
        ]}
      />
      <Show when={adding()}>
        <GrantDialog path={props.path} onDone={props.onChanged} onClose={() => setAdding(false)} />
      </Show>
      <Show when={taking()} keyed>
        {(grant) => (
          <TakeGrantDialog grant={grant} onDone={props.onChanged} onClose={() => setTaking(undefined)} />
        )}
      </Show>
    </>
  );
}
