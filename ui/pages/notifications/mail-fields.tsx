// The fields of targets that are mails: who gets them, who they are from, and the server that takes them.
import { Show } from 'solid-js';
import { type BoundForm, BoundNumber, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import { CheckList } from '../../components/check-list.tsx';
import type { TargetForm } from '../../forms/notification-target.ts';
import { t } from '../../i18n/index.ts';
import { createUsers } from '../access/access-data.ts';
import { Columns, Wide } from '../guest/form-group.tsx';

/** What the daemon calls itself where nobody says. */
const usualAuthor = 'Croft';
const usualPorts = { insecure: 25, starttls: 587, tls: 465 } as const;

export function RecipientFields(props: { of: BoundForm<TargetForm> }) {
  const { of } = props;
  const users = createUsers();
  /** Chosen ones are shown though nobody may look at the list, or they are gone. */
  const choices = () => {
    const known = (users.data() ?? []).map(({ userid, email }) => ({
      ...{ value: userid, label: userid },
      hint: email || t('notify.noAddress'),
    }));
    const others = of.form.users.filter((one) => !known.some(({ value }) => value === one));
    return [...known, ...others.map((value) => ({ value, label: value }))];
  };
  return (
    <Columns>
      <BoundText
        of={of}
        name="mailto"
        label={t('notify.mailto')}
        hint={t('notify.mailtoHint')}
        span={6}
        inputmode="email"
        autocapitalize="none"
      />
      <Wide>
        <CheckList
          label={t('notify.users')}
          hint={t('notify.usersHint')}
          choices={choices()}
          chosen={of.form.users}
          onChosen={(chosen) => of.set({ users: chosen })}
          empty={t('notify.noUsers')}
        />
      </Wide>
      <BoundText
        of={of}
        name="from"
        label={t('notify.from')}
        hint={of.form.type === 'sendmail' ? t('notify.fromHint') : undefined}
        span={3}
        inputmode="email"
        autocapitalize="none"
      />
      <BoundText of={of} name="author" label={t('notify.author')} span={3} placeholder={usualAuthor} />
    </Columns>
  );
}

export function MailServerFields(props: { of: BoundForm<TargetForm>; isNew: boolean }) {
  const { of } = props;
  return (
    <Columns>
      <BoundText of={of} name="server" label={t('notify.server')} span={6} autocapitalize="none" />
      <BoundSelect
        of={of}
        name="mode"
        label={t('notify.mode')}
        hint={of.form.mode === 'insecure' ? t('notify.insecureHint') : undefined}
        span={3}
        choices={(['tls', 'starttls', 'insecure'] as const).map((value) => ({
          value,
          label: t(`notify.mode.${value}`),
        }))}
      />
      <BoundNumber
        of={of}
        name="port"
        label={t('notify.port')}
        hint={t('notify.portHint', { port: usualPorts[of.form.mode] })}
        span={3}
      />
      <BoundText
        of={of}
        name="username"
        label={t('notify.username')}
        hint={t('notify.usernameHint')}
        span={3}
        autocapitalize="none"
      />
      <Show when={of.form.username.trim() !== ''}>
        <BoundText
          of={of}
          name="password"
          label={t('notify.password')}
          hint={props.isNew ? undefined : t('notify.secretStays')}
          span={3}
          type="password"
          autocomplete="new-password"
        />
      </Show>
    </Columns>
  );
}
