// The dialogs that give a role to somebody on a path, change how far it reaches, and take it away.
import { Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { BoundCheck, BoundSelect } from '../../components/bound-field.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SuggestField } from '../../components/suggest-field.tsx';
import { t, tn } from '../../i18n/index.ts';
import { createGroups, createPools, createRealms, createRoles, createUsers } from './access-data.ts';
import { createAccessForm } from './access-form.ts';
import { type GrantForm, grantProblems } from './access-problems.ts';
import { asPath, type Grant } from './acl-paths.ts';
import { createKnownPaths } from './known-paths.ts';
import { privilegesIn } from './privileges.ts';

const parameterOf = { user: 'users', group: 'groups', token: 'tokens' } as const;

/** What the API takes of a grant. */
function asChange(grant: Pick<Grant, 'path' | 'roleid' | 'type' | 'ugid'>) {
  const { path, roleid, type, ugid } = grant;
  return { path, roles: roleid, [parameterOf[type]]: ugid };
}

export const setReach = (grant: Grant, propagate: boolean): Promise<unknown> =>
  api('PUT /access/acl', { ...asChange(grant), propagate });

interface GrantDialogProps {
  /** Where; undefined: it is asked. */
  path: string | undefined;
  onDone: () => void;
  onClose: () => void;
}

export function GrantDialog(props: GrantDialogProps) {
  const users = createUsers();
  const groups = createGroups();
  const roles = createRoles();
  const form = createAccessForm<GrantForm>(
    { path: props.path ?? '', type: 'user', ugid: '', roleid: '', propagate: true },
    grantProblems,
  );
  const known = createKnownPaths({ pools: createPools(), groups, realms: createRealms() });
  const who = () => {
    if (form.form.type === 'group')
      return (groups.data() ?? []).map((one) => ({ value: one.groupid, label: one.comment }));
    const all = users.data() ?? [];
    if (form.form.type === 'user') return all.map((one) => ({ value: one.userid, label: one.comment }));
    return all.flatMap(({ userid, tokens }) =>
      (tokens ?? []).map((one) => ({ value: `${userid}!${one.tokenid}`, label: one.comment })),
    );
  };
  const role = () => (roles.data() ?? []).find((one) => one.roleid === form.form.roleid);

  return (
    <FormDialog
      title={props.path === undefined ? t('permissions.add') : t('permissions.addOn', { path: props.path })}
      action={t('permissions.add')}
      fields={['path', 'users', 'groups', 'tokens', 'roles']}
      check={form.check}
      run={async () => {
        const { path, ugid, propagate } = form.form;
        const change = asChange({ ...form.form, path: asPath(path) ?? path, ugid: ugid.trim() });
        await api('PUT /access/acl', { ...change, propagate });
        props.onDone();
      }}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <Show when={props.path === undefined}>
            <SuggestField
              label={t('permissions.path')}
              hint={t('permissions.pathHint')}
              placeholder="/vms/100"
              value={form.form.path}
              onValue={(path) => form.set({ path })}
              error={form.error('path') ?? refused('path')}
              suggestions={known()}
              mono
            />
          </Show>
          <div class="grid items-start gap-4 sm:grid-cols-[9rem_minmax(0,1fr)]">
            <BoundSelect
              of={form}
              name="type"
              label={t('permissions.kind')}
              choices={(['user', 'group', 'token'] as const).map((value) => ({
                value,
                label: t(`permissions.kind.${value}`),
              }))}
            />
            <SuggestField
              label={t('permissions.who')}
              value={form.form.ugid}
              onValue={(ugid) => form.set({ ugid })}
              error={form.error('ugid') ?? refused(parameterOf[form.form.type])}
              suggestions={who()}
            />
          </div>
          <BoundSelect
            of={form}
            name="roleid"
            label={t('roles.role')}
            none={t('permissions.chooseRole')}
            hint={
              role() ? tn('roles.privileges', privilegesIn(role()?.privs).length) : t('permissions.roleHint')
            }
            error={refused('roles')}
            choices={(roles.data() ?? []).map((one) => ({ value: one.roleid, label: one.roleid }))}
          />
          <BoundCheck
            of={form}
            name="propagate"
            label={t('permissions.propagate')}
            hint={t('permissions.propagateHint')}
          />
        </>
      )}
    </FormDialog>
  );
}

export function TakeGrantDialog(props: { grant: Grant; onDone: () => void; onClose: () => void }) {
  const { grant } = props;
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('permissions.takeTitle')}
      action={t('permissions.take')}
      onConfirm={async () => {
        await api('PUT /access/acl', { ...asChange(grant), delete: true });
        props.onDone();
      }}
    >
      <span class="break-words">
        {t('permissions.takeText', { who: grant.ugid, role: grant.roleid, path: grant.path })}
      </span>
    </ConfirmDialog>
  );
}
