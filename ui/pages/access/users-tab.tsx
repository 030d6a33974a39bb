// The users: who they are, whether they may come in, and what can be done with each.
import Plus from 'lucide-solid/icons/plus';
import { createMemo, createSignal, Match, Show, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { sessionUser } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import type { Column } from '../../components/data-table.tsx';
import { Badge } from '../../components/panel.tsx';
import { toastError } from '../../components/toasts.tsx';
import { isOver } from '../../forms/last-day.ts';
import { t } from '../../i18n/index.ts';
import { PasswordDialog } from '../account/password-dialog.tsx';
import { LastDay } from '../account/token-panel.tsx';
import {
  createFactors,
  createGroups,
  createOwnRights,
  createRealms,
  createUsers,
  isLocked,
  listOf,
  type User,
} from './access-data.ts';
import { AccessTable, NameButton, textColumn } from './access-table.tsx';
import { UserDialog } from './user-dialog.tsx';
import { UserFactorsDialog } from './user-factors-dialog.tsx';

type Open =
  | { readonly what: 'new' }
  | { readonly what: 'edit' | 'password' | 'factors' | 'delete'; readonly user: User };

const root = 'root@pam';
const fullNameOf = (user: User) => [user.firstname, user.lastname].filter(Boolean).join(' ');

export function UsersTab() {
  const [open, setOpen] = createSignal<Open>();
  const close = () => setOpen(undefined);
  const users = createUsers();
  const groups = createGroups();
  const realms = createRealms();
  const factors = createFactors();
  const rights = createOwnRights();
  const withFactor = createMemo(() => new Set((factors.data() ?? []).map((one) => one.userid)));

  const mayCreate = () =>
    rights.lackingBelow('/access/realm', 'Realm.AllocateUser') ??
    rights.lackingBelow('/access/groups', 'User.Modify');
  const mayChange = (user: User) =>
    user.userid === root && sessionUser() !== root
      ? t('users.onlyRoot')
      : rights.lackingBelow('/access/groups', 'User.Modify');
  const mayDelete = (user: User) =>
    user.userid === root
      ? t('users.rootStays')
      : (rights.lackingBelow('/access/realm', 'Realm.AllocateUser') ?? mayChange(user));
  /** Linux users' passwords open more than this daemon. */
  const mayPassword = (user: User) => {
    if (user.userid === sessionUser()) return undefined;
    if (user['realm-type'] === 'pam' && sessionUser() !== root) return t('users.pamPassword');
    return mayChange(user);
  };

  async function setEnabled(user: User, enable: boolean): Promise<void> {
    try {
      await api('PUT /access/users/{userid}', { userid: user.userid, enable });
    } catch (thrown) {
      toastError(t('users.changeFailed', { user: user.userid }), thrown);
    }
    users.reload();
  }

  const columns: readonly Column<User>[] = [
    {
      key: 'user',
      title: 'users.user',
      width: 180,
      grow: true,
      card: 'title',
      sortBy: (user) => user.userid,
      cell: (row, tab) => (
        <NameButton name={row().userid} tab={tab()} onClick={() => setOpen({ what: 'edit', user: row() })} />
      ),
    },
    textColumn({ key: 'name', title: 'users.fullName', width: 160, drop: 3 }, fullNameOf),
    textColumn({ key: 'groups', title: 'users.groups', width: 150, drop: 4, card: 'line' }, (user) =>
      listOf(user.groups).join(', '),
    ),
    {
      key: 'state',
      title: 'guests.state',
      width: 130,
      card: 'aside',
      sortBy: (user) => stateOf(user),
      cell: (row) => <UserState user={row()} />,
    },
    {
      key: 'factor',
      title: 'account.secondFactor',
      width: 130,
      drop: 2,
      sortBy: (user) => (withFactor().has(user.userid) ? 1 : 0),
      cell: (row) => (
        <Show
          when={withFactor().has(row().userid)}
          fallback={<span class="text-muted">{factors.data() === undefined ? '' : '–'}</span>}
        >
          {t('common.on')}
        </Show>
      ),
    },
    {
      key: 'lastDay',
      title: 'access.lastDay',
      width: 160,
      drop: 5,
      sortBy: (user) => user.expire || undefined,
      cell: (row) => <LastDay expire={row().expire} />,
    },
    textColumn(
      { key: 'comment', title: 'access.comment', width: 160, drop: 6, extra: true },
      (user) => user.comment ?? '',
    ),
  ];

  return (
    <>
      <AccessTable
        name="users"
        label={t('access.tab.users')}
        query={users}
        rows={users.data() ?? []}
        columns={columns}
        sortBy="user"
        rowKey={(user) => user.userid}
        rowName={(user) => user.userid}
        texts={(user) => [user.userid, fullNameOf(user), user.email, user.comment, user.groups]}
        empty={{ title: t('users.none') }}
        tools={
          <Button
            look="primary"
            icon={<Plus size={15} />}
            reason={mayCreate()}
            onClick={() => setOpen({ what: 'new' })}
          >
            {t('users.create')}
          </Button>
        }
        menu={(user) => [
          {
            label: t('common.edit'),
            onSelect: () => setOpen({ what: 'edit', user }),
            reason: mayChange(user),
          },
          {
            label: t('users.setPassword'),
            onSelect: () => setOpen({ what: 'password', user }),
            reason: mayPassword(user),
          },
          {
            label: t('account.secondFactor'),
            onSelect: () => setOpen({ what: 'factors', user }),
          },
          {
            label: t(user.enable === 0 ? 'users.enable' : 'users.disable'),
            onSelect: () => void setEnabled(user, user.enable === 0),
            reason: user.userid === root ? t('users.rootStays') : mayChange(user),
          },
          {
            label: t('users.delete'),
            onSelect: () => setOpen({ what: 'delete', user }),
            reason: mayDelete(user),
            harsh: true,
          },
        ]}
      />
      <Show when={open()} keyed>
        {(one) => (
          <Switch>
            <Match when={one.what === 'new' || one.what === 'edit'}>
              <UserDialog
                user={one.what === 'new' ? undefined : one.user}
                known={(users.data() ?? []).map((user) => user.userid)}
                groups={groups.data() ?? []}
                realms={realms.data() ?? []}
                onDone={users.reload}
                onClose={close}
              />
            </Match>
            <Match when={one.what === 'password' && one.user}>
              {(user) => <PasswordDialog userid={user().userid} onClose={close} />}
            </Match>
            <Match when={one.what === 'factors' && one.user}>
              {(user) => (
                <UserFactorsDialog
                  user={user()}
                  reason={user().userid === sessionUser() ? undefined : mayChange(user())}
                  onChanged={() => {
                    users.reload();
                    factors.reload();
                  }}
                  onClose={close}
                />
              )}
            </Match>
            <Match when={one.what === 'delete' && one.user}>
              {(user) => (
                <ConfirmDialog
                  open
                  onClose={close}
                  title={t('users.deleteTitle')}
                  action={t('users.delete')}
                  typed={user().userid}
                  onConfirm={async () => {
                    await api('DELETE /access/users/{userid}', { userid: user().userid });
                    users.reload();
                  }}
                >
                  <span class="break-words">{t('users.deleteText', { user: user().userid })}</span>
                </ConfirmDialog>
              )}
            </Match>
          </Switch>
        )}
      </Show>
    </>
  );
}

function stateOf(user: User): 'locked' | 'off' | 'ended' | 'on' {
  if (user.enable === 0) return 'off';
  if (isOver(user.expire, Date.now() / 1000)) return 'ended';
  return isLocked(user) ? 'locked' : 'on';
}

const tones = { on: 'ok', off: 'plain', ended: 'bad', locked: 'warn' } as const;

function UserState(props: { user: User }) {
  return <Badge tone={tones[stateOf(props.user)]}>{t(`users.state.${stateOf(props.user)}`)}</Badge>;
}
