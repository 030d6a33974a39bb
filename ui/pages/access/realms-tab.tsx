// The realms: where users' passwords are kept.
import type { Column } from '../../components/data-table.tsx';
import { Badge } from '../../components/panel.tsx';
import { t, tOr } from '../../i18n/index.ts';
import { createRealms } from './access-data.ts';
import { AccessTable, textColumn } from './access-table.tsx';

type Realm = NonNullable<ReturnType<ReturnType<typeof createRealms>['data']>>[number];

const kindOf = (realm: Realm) => tOr(`realms.kind.${realm.type}`, realm.type);

const columns: readonly Column<Realm>[] = [
  textColumn({ key: 'realm', title: 'login.realm', width: 140, card: 'title' }, (realm) => realm.realm),
  textColumn(
    { key: 'kind', title: 'realms.kindTitle', width: 360, grow: true, drop: 2, card: 'line' },
    kindOf,
  ),
  {
    key: 'default',
    title: 'realms.default',
    width: 130,
    drop: 1,
    card: 'aside',
    cell: (row) => (row().default === 1 ? <Badge tone="accent">{t('realms.default')}</Badge> : ''),
  },
  textColumn(
    { key: 'comment', title: 'access.comment', width: 220, drop: 3 },
    (realm) => realm.comment ?? '',
  ),
];

export default function RealmsTab() {
  const realms = createRealms();
  return (
    <div class="flex flex-col gap-3">
      <AccessTable
        name="realms"
        label={t('access.tab.realms')}
        query={realms}
        rows={realms.data() ?? []}
        columns={columns}
        sortBy="realm"
        rowKey={(realm) => realm.realm}
        rowName={(realm) => realm.realm}
        texts={(realm) => [realm.realm, realm.comment, kindOf(realm)]}
        empty={{ title: t('realms.none') }}
      />
      <p class="text-sm text-muted">{t('realms.text')}</p>
    </div>
  );
}
