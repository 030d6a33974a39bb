// The roles: named sets of privileges. Built-in ones can be looked at and copied.
import Plus from 'lucide-solid/icons/plus';
import { createSignal, Show } from 'solid-js';
import type { Privilege } from '../../../server/contract/permission.ts';
import { api } from '../../api/client.ts';
import { BoundText } from '../../components/bound-field.tsx';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import type { Column } from '../../components/data-table.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Badge } from '../../components/panel.tsx';
import { t, tn } from '../../i18n/index.ts';
import { createOwnRights, createRoles, type Role } from './access-data.ts';
import { createAccessForm } from './access-form.ts';
import { idProblem } from './access-problems.ts';
import { AccessTable, NameButton } from './access-table.tsx';
import { PrivilegeChoice } from './privilege-marks.tsx';
import { byArea, privilegesIn } from './privileges.ts';

/** `copyOf`: a new role that begins with the privileges of one that is there. */
type Open = { readonly role?: Role; readonly copyOf?: Role };

export default function RolesTab() {
  const [open, setOpen] = createSignal<Open>();
  const [deleting, setDeleting] = createSignal<Role>();
  const roles = createRoles();
  const rights = createOwnRights();
  const reason = () => rights.lacking('/access', 'Sys.Modify');
  const areasOf = (role: Role) => {
    const held = new Set(privilegesIn(role.privs));
    return byArea((one) => held.has(one)).map(({ area }) => t(`privilegeArea.${area}`));
  };

  const columns: readonly Column<Role>[] = [
    {
      key: 'role',
      title: 'roles.role',
      width: 180,
      grow: true,
      card: 'title',
      sortBy: (role) => role.roleid,
      cell: (row, tab) => (
        <NameButton name={row().roleid} tab={tab()} onClick={() => setOpen({ role: row() })} />
      ),
    },
    {
      key: 'kind',
      title: 'roles.kind',
      width: 110,
      drop: 1,
      card: 'aside',
      sortBy: (role) => role.special ?? 0,
      cell: (row) => (
        <Show when={row().special === 1} fallback={<Badge tone="accent">{t('roles.own')}</Badge>}>
          <Badge>{t('roles.builtIn')}</Badge>
        </Show>
      ),
    },
    {
      key: 'about',
      title: 'roles.about',
      width: 320,
      grow: true,
      drop: 2,
      card: 'line',
      sortBy: (role) => privilegesIn(role.privs).length,
      text: (role) => tn('roles.privileges', privilegesIn(role.privs).length),
      cell: (row) => (
        <span class="text-muted" title={areasOf(row()).join(', ')}>
          <span class="num text-text">{tn('roles.privileges', privilegesIn(row().privs).length)}</span>{' '}
          {areasOf(row()).join(', ')}
        </span>
      ),
    },
  ];

  return (
    <>
      <AccessTable
        name="roles"
        label={t('access.tab.roles')}
        query={roles}
        rows={roles.data() ?? []}
        columns={columns}
        sortBy="role"
        rowKey={(role) => role.roleid}
        rowName={(role) => role.roleid}
        texts={(role) => [role.roleid, role.privs]}
        empty={{ title: t('roles.none') }}
        tools={
          <Button look="primary" icon={<Plus size={15} />} reason={reason()} onClick={() => setOpen({})}>
            {t('roles.create')}
          </Button>
        }
        menu={(role) => [
          { label: t(role.special === 1 ? 'roles.show' : 'common.edit'), onSelect: () => setOpen({ role }) },
          { label: t('roles.copy'), onSelect: () => setOpen({ copyOf: role }), reason: reason() },
          {
            label: t('roles.delete'),
            onSelect: () => setDeleting(role),
            reason: role.special === 1 ? t('roles.builtInStays') : reason(),
            harsh: true,
          },
        ]}
      />
      <Show when={open()} keyed>
        {(one) => (
          <RoleDialog
            {...one}
            known={(roles.data() ?? []).map((role) => role.roleid)}
            reason={one.role?.special === 1 ? t('roles.builtInStays') : reason()}
            onDone={roles.reload}
            onClose={() => setOpen(undefined)}
          />
        )}
      </Show>
      <Show when={deleting()} keyed>
        {(role) => (
          <ConfirmDialog
            open
            onClose={() => setDeleting(undefined)}
            title={t('roles.deleteTitle')}
            action={t('roles.delete')}
            typed={role.roleid}
            onConfirm={async () => {
              await api('DELETE /access/roles/{roleid}', { roleid: role.roleid });
              roles.reload();
            }}
          >
            <span class="break-words">{t('roles.deleteText', { role: role.roleid })}</span>
          </ConfirmDialog>
        )}
      </Show>
    </>
  );
}

interface RoleDialogProps extends Open {
  known: readonly string[];
  /** Why it cannot be changed. */
  reason: string | undefined;
  onDone: () => void;
  onClose: () => void;
}

function RoleDialog(props: RoleDialogProps) {
  const { role, copyOf } = props;
  const [chosen, setChosen] = createSignal<ReadonlySet<Privilege>>(
    new Set(privilegesIn((role ?? copyOf)?.privs)),
  );
  const form = createAccessForm({ roleid: role?.roleid ?? '' }, (now) => ({
    roleid: role ? undefined : idProblem(now.roleid.trim(), props.known),
  }));
  async function run(): Promise<void> {
    const change = { roleid: form.form.roleid.trim(), privs: [...chosen()].join(',') };
    await (role ? api('PUT /access/roles/{roleid}', change) : api('POST /access/roles', change));
    props.onDone();
  }
  return (
    <FormDialog
      title={role ? t('roles.editTitle', { role: role.roleid }) : t('roles.create')}
      description={tn('roles.privileges', chosen().size)}
      action={t(role ? 'common.save' : 'roles.create')}
      wide
      reason={props.reason}
      fields={['roleid']}
      check={form.check}
      run={run}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <Show when={!role}>
            <BoundText
              of={form}
              name="roleid"
              label={t('roles.role')}
              error={refused('roleid')}
              autocapitalize="none"
            />
          </Show>
          <PrivilegeChoice chosen={chosen()} onChosen={setChosen} fixed={props.reason !== undefined} />
        </>
      )}
    </FormDialog>
  );
}
