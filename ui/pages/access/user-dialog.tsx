// The dialog that makes a user, or changes one.
import { Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { BoundCheck, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import { CheckList } from '../../components/check-list.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { expireParam, lastDayOf } from '../../forms/last-day.ts';
import { t } from '../../i18n/index.ts';
import { NewPasswordFields } from '../account/new-password-fields.tsx';
import { type Group, listOf, type User } from './access-data.ts';
import { createAccessForm } from './access-form.ts';
import { type UserForm, userProblems } from './access-problems.ts';

interface UserDialogProps {
  /** The one that is changed; undefined for a new one. */
  user: User | undefined;
  known: readonly string[];
  groups: readonly Group[];
  realms: readonly { readonly realm: string; readonly type: string; readonly comment?: string | undefined }[];
  onDone: () => void;
  onClose: () => void;
}

export function UserDialog(props: UserDialogProps) {
  const { user } = props;
  const usual = props.realms.find((one) => one.type === 'pve') ?? props.realms[0];
  const form = createAccessForm<UserForm>(
    {
      name: '',
      realm: usual?.realm ?? 'pve',
      password: '',
      passwordAgain: '',
      firstname: user?.firstname ?? '',
      lastname: user?.lastname ?? '',
      email: user?.email ?? '',
      comment: user?.comment ?? '',
      lastDay: lastDayOf(user?.expire),
      enable: user?.enable !== 0,
      groups: listOf(user?.groups),
    },
    (now) => userProblems(now, user ? undefined : props.known),
  );
  /** Other realms keep their passwords themselves. */
  const withPassword = () =>
    !user && props.realms.find((one) => one.realm === form.form.realm)?.type === 'pve';

  async function run(): Promise<void> {
    const { name, realm, password, lastDay, enable, groups } = form.form;
    const values = {
      firstname: form.form.firstname.trim(),
      lastname: form.form.lastname.trim(),
      email: form.form.email.trim(),
      comment: form.form.comment.trim(),
      ...expireParam(user?.expire, lastDay),
    };
    if (user) {
      await api('PUT /access/users/{userid}', {
        userid: user.userid,
        ...values,
        ...((user.enable !== 0) === enable ? {} : { enable }),
        ...(sameList(listOf(user.groups), groups) ? {} : { groups: groups.join(',') }),
      });
    } else {
      await api('POST /access/users', {
        userid: `${name.trim()}@${realm}`,
        ...values,
        enable,
        ...(groups.length > 0 ? { groups: groups.join(',') } : {}),
        ...(withPassword() && password !== '' ? { password } : {}),
      });
    }
    props.onDone();
  }

  return (
    <FormDialog
      title={user ? t('users.editTitle', { user: user.userid }) : t('users.create')}
      action={t(user ? 'common.save' : 'users.create')}
      wide
      fields={['userid', 'password', 'email', 'firstname', 'lastname', 'comment', 'expire', 'groups']}
      check={form.check}
      run={run}
      onClose={props.onClose}
    >
      {(refused) => (
        <div class="grid items-start gap-x-4 gap-y-4 sm:grid-cols-2">
          <Show when={!user}>
            <BoundText
              of={form}
              name="name"
              label={t('users.name')}
              error={refused('userid')}
              autocapitalize="none"
            />
            <BoundSelect
              of={form}
              name="realm"
              label={t('login.realm')}
              hint={t(withPassword() ? 'users.realmHint' : 'users.pamHint')}
              choices={props.realms.map((one) => ({
                value: one.realm,
                label: one.comment ? `${one.realm} – ${one.comment}` : one.realm,
              }))}
            />
          </Show>
          <Show when={withPassword()}>
            <NewPasswordFields
              of={form}
              label={t('login.password')}
              hint={t('users.passwordHint')}
              refused={refused('password')}
            />
          </Show>
          <BoundText of={form} name="firstname" label={t('users.firstname')} error={refused('firstname')} />
          <BoundText of={form} name="lastname" label={t('users.lastname')} error={refused('lastname')} />
          <BoundText of={form} name="email" type="email" label={t('users.email')} error={refused('email')} />
          <BoundText
            of={form}
            name="lastDay"
            type="date"
            label={t('access.lastDay')}
            hint={t('users.lastDayHint')}
            error={refused('expire')}
          />
          <div class="sm:col-span-2">
            <BoundText of={form} name="comment" label={t('access.comment')} error={refused('comment')} />
          </div>
          <div class="sm:col-span-2">
            <CheckList
              label={t('users.groups')}
              choices={props.groups.map((one) => ({
                value: one.groupid,
                label: one.groupid,
                hint: one.comment,
              }))}
              chosen={form.form.groups}
              onChosen={(groups) => form.set({ groups })}
              empty={t('groups.none')}
              hint={refused('groups')}
            />
          </div>
          <BoundCheck of={form} name="enable" label={t('users.mayLogIn')} />
        </div>
      )}
    </FormDialog>
  );
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
