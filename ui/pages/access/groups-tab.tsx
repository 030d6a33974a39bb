// The groups: who is in each; roles that a group is given count for all of its members.
import Plus from 'lucide-solid/icons/plus';
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { BoundText } from '../../components/bound-field.tsx';
import { Button } from '../../components/button.tsx';
import { CheckList } from '../../components/check-list.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import type { Column } from '../../components/data-table.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { t } from '../../i18n/index.ts';
import { createGroups, createOwnRights, createUsers, type Group, listOf, type User } from './access-data.ts';
import { createAccessForm } from './access-form.ts';
import { idProblem } from './access-problems.ts';
import { AccessTable, NameButton, textColumn } from './access-table.tsx';

export default function GroupsTab() {
  const [editing, setEditing] = createSignal<Group | 'new'>();
  const [deleting, setDeleting] = createSignal<Group>();
  const groups = createGroups();
  const users = createUsers();
  const rights = createOwnRights();
  const reason = () => rights.lacking('/access/groups', 'Group.Allocate');
  const membersOf = (group: Group) => listOf(group.users);

  const columns: readonly Column<Group>[] = [
    {
      key: 'group',
      title: 'groups.group',
      width: 180,
      grow: true,
      card: 'title',
      sortBy: (group) => group.groupid,
      cell: (row, tab) => <NameButton name={row().groupid} tab={tab()} onClick={() => setEditing(row())} />,
    },
    textColumn(
      { key: 'members', title: 'groups.members', width: 240, grow: true, drop: 1, card: 'line' },
      (group) => membersOf(group).join(', '),
    ),
    textColumn(
      { key: 'comment', title: 'access.comment', width: 200, drop: 2 },
      (group) => group.comment ?? '',
    ),
  ];

  return (
    <>
      <AccessTable
        name="groups"
        label={t('access.tab.groups')}
        query={groups}
        rows={groups.data() ?? []}
        columns={columns}
        sortBy="group"
        rowKey={(group) => group.groupid}
        rowName={(group) => group.groupid}
        texts={(group) => [group.groupid, group.comment, group.users]}
        empty={{ title: t('groups.none'), text: t('groups.noneHint') }}
        tools={
          <Button
            look="primary"
            icon={<Plus size={15} />}
            reason={reason()}
            onClick={() => setEditing('new')}
          >
            {t('groups.create')}
          </Button>
        }
        menu={(group) => [
          { label: t('common.edit'), onSelect: () => setEditing(group), reason: reason() },
          { label: t('groups.delete'), onSelect: () => setDeleting(group), reason: reason(), harsh: true },
        ]}
      />
      <Show when={editing()} keyed>
        {(one) => (
          <GroupDialog
            group={one === 'new' ? undefined : one}
            known={(groups.data() ?? []).map((group) => group.groupid)}
            users={users.data() ?? []}
            onDone={() => {
              groups.reload();
              users.reload();
            }}
            onClose={() => setEditing(undefined)}
          />
        )}
      </Show>
      <Show when={deleting()} keyed>
        {(group) => (
          <ConfirmDialog
            open
            onClose={() => setDeleting(undefined)}
            title={t('groups.deleteTitle')}
            action={t('groups.delete')}
            typed={group.groupid}
            onConfirm={async () => {
              await api('DELETE /access/groups/{groupid}', { groupid: group.groupid });
              groups.reload();
              users.reload();
            }}
          >
            <span class="break-words">{t('groups.deleteText', { group: group.groupid })}</span>
          </ConfirmDialog>
        )}
      </Show>
    </>
  );
}

interface GroupDialogProps {
  group: Group | undefined;
  known: readonly string[];
  users: readonly User[];
  onDone: () => void;
  onClose: () => void;
}

function GroupDialog(props: GroupDialogProps) {
  const { group } = props;
  const before = listOf(group?.users);
  const [members, setMembers] = createSignal<readonly string[]>(before);
  const form = createAccessForm({ groupid: group?.groupid ?? '', comment: group?.comment ?? '' }, (now) => {
    const problem = group ? undefined : idProblem(now.groupid.trim(), props.known);
    return { groupid: problem };
  });

  async function run(): Promise<void> {
    const groupid = form.form.groupid.trim();
    const comment = form.form.comment.trim();
    try {
      if (!group) await api('POST /access/groups', { groupid, comment });
      else if (comment !== (group.comment ?? ''))
        await api('PUT /access/groups/{groupid}', { groupid, comment });
      // Whose group it is is written at the user.
      for (const user of props.users) {
        const userid = user.userid;
        const [was, is] = [before.includes(userid), members().includes(userid)];
        if (was === is) continue;
        if (is) await api('PUT /access/users/{userid}', { userid, groups: groupid, append: true });
        else {
          const others = listOf(user.groups).filter((one) => one !== groupid);
          await api('PUT /access/users/{userid}', { userid, groups: others.join(',') });
        }
      }
    } finally {
      // Also what was done before something failed.
      props.onDone();
    }
  }

  return (
    <FormDialog
      title={group ? t('groups.editTitle', { group: group.groupid }) : t('groups.create')}
      action={t(group ? 'common.save' : 'groups.create')}
      fields={['groupid', 'comment']}
      check={form.check}
      run={run}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <Show when={!group}>
            <BoundText
              of={form}
              name="groupid"
              label={t('groups.group')}
              error={refused('groupid')}
              autocapitalize="none"
            />
          </Show>
          <BoundText of={form} name="comment" label={t('access.comment')} error={refused('comment')} />
          <CheckList
            label={t('groups.members')}
            choices={props.users.map((user) => ({
              value: user.userid,
              label: user.userid,
              hint: user.comment,
            }))}
            chosen={members()}
            onChosen={setMembers}
            empty={t('users.none')}
          />
        </>
      )}
    </FormDialog>
  );
}
