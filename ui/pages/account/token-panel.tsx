// A list of API tokens, of one user or of all, with making, changing and removing them.
import Plus from 'lucide-solid/icons/plus';
import { createSignal, Show } from 'solid-js';
import type { Query } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/data-table.tsx';
import { Badge } from '../../components/panel.tsx';
import { isOver, lastDayOf } from '../../forms/last-day.ts';
import { t } from '../../i18n/index.ts';
import { AccessTable, NameButton, textColumn } from '../access/access-table.tsx';
import { fullName, RemoveTokenDialog, TokenDialog, type TokenLine } from './token-dialogs.tsx';

interface TokenPanelProps {
  title?: string;
  query: Pick<Query<unknown>, 'data' | 'error' | 'reload'>;
  tokens: readonly TokenLine[];
  /** Whose tokens can be made. */
  owners: readonly string[];
  /** The list says whose each is. */
  ownerShown?: boolean;
  /** Why tokens of this user cannot be changed. */
  reason?: (userid: string) => string | undefined;
}

/** The last day of an account or a token; said when it is over. */
export function LastDay(props: { expire: number | undefined }) {
  const day = () => lastDayOf(props.expire);
  return (
    <Show when={day()} fallback={<span class="text-muted">{t('access.never')}</span>}>
      <Show
        when={isOver(props.expire, Date.now() / 1000)}
        fallback={<span class="num">{t('access.until', { day: day() })}</span>}
      >
        <Badge tone="bad">{t('access.ended', { day: day() })}</Badge>
      </Show>
    </Show>
  );
}

export function TokenPanel(props: TokenPanelProps) {
  const [editing, setEditing] = createSignal<TokenLine | 'new'>();
  const [removing, setRemoving] = createSignal<TokenLine>();
  const nameOf = (token: TokenLine) => (props.ownerShown ? fullName(token) : token.tokenid);
  const columns: readonly Column<TokenLine>[] = [
    {
      key: 'name',
      title: 'tokens.name',
      width: 180,
      grow: true,
      card: 'title',
      sortBy: fullName,
      cell: (row, tab) => <NameButton name={nameOf(row())} tab={tab()} onClick={() => setEditing(row())} />,
    },
    {
      key: 'rights',
      title: 'tokens.rights',
      width: 150,
      drop: 2,
      card: 'line',
      sortBy: (token) => token.privsep ?? 1,
      cell: (row) => (
        <Show when={row().privsep === 0} fallback={t('tokens.ownRights')}>
          <Badge tone="warn">{t('tokens.allRights')}</Badge>
        </Show>
      ),
    },
    {
      key: 'lastDay',
      title: 'access.lastDay',
      width: 160,
      drop: 1,
      card: 'line',
      sortBy: (token) => token.expire || undefined,
      cell: (row) => <LastDay expire={row().expire} />,
    },
    textColumn(
      { key: 'comment', title: 'access.comment', width: 150, drop: 3 },
      (token) => token.comment ?? '',
    ),
  ];
  return (
    <>
      <AccessTable
        name="tokens"
        label={t('tokens.title')}
        title={props.title}
        query={props.query}
        rows={props.tokens}
        columns={columns}
        sortBy="name"
        rowKey={fullName}
        rowName={fullName}
        texts={(token) => [fullName(token), token.comment]}
        empty={{ title: t('tokens.none'), text: t('tokens.noneHint') }}
        tools={
          <Button
            look="primary"
            icon={<Plus size={15} />}
            reason={props.query.data() === undefined ? t('common.wait') : undefined}
            onClick={() => setEditing('new')}
          >
            {t('tokens.create')}
          </Button>
        }
        menu={(token) => {
          const reason = props.reason?.(token.userid);
          return [
            { label: t('common.edit'), onSelect: () => setEditing(token), reason },
            { label: t('tokens.remove'), onSelect: () => setRemoving(token), harsh: true, reason },
          ];
        }}
      />
      <Show when={editing()} keyed>
        {(one) => (
          <TokenDialog
            token={one === 'new' ? undefined : one}
            owners={props.owners}
            known={props.tokens}
            onDone={props.query.reload}
            onClose={() => setEditing(undefined)}
          />
        )}
      </Show>
      <Show when={removing()} keyed>
        {(token) => (
          <RemoveTokenDialog
            token={token}
            onDone={props.query.reload}
            onClose={() => setRemoving(undefined)}
          />
        )}
      </Show>
    </>
  );
}
