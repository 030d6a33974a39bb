// The dialogs that make an API token and show its secret, for the only time; change one; remove one.
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { BoundCheck, BoundSelect, BoundText } from '../../components/bound-field.tsx';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { CodeBlock } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import { expireParam, lastDayOf } from '../../forms/last-day.ts';
import { t } from '../../i18n/index.ts';
import type { TokenDetails } from '../access/access-data.ts';
import { createAccessForm } from '../access/access-form.ts';
import { type AccessProblem, tokenNameProblem } from '../access/access-problems.ts';

export interface TokenLine extends TokenDetails {
  readonly userid: string;
}

export const fullName = (token: { readonly userid: string; readonly tokenid: string }) =>
  `${token.userid}!${token.tokenid}`;

interface TokenDialogProps {
  /** The one that is changed; undefined for a new one. */
  token: TokenLine | undefined;
  /** Whose tokens can be made. */
  owners: readonly string[];
  known: readonly TokenLine[];
  onDone: () => void;
  onClose: () => void;
}

interface TokenForm {
  readonly userid: string;
  readonly name: string;
  readonly comment: string;
  readonly lastDay: string;
  readonly privsep: boolean;
}

interface NewSecret {
  readonly id: string;
  readonly secret: string;
  readonly privsep: boolean;
}

export function TokenDialog(props: TokenDialogProps) {
  const { token } = props;
  const [made, setMade] = createSignal<NewSecret>();
  const problems = (form: TokenForm): Partial<Record<keyof TokenForm, AccessProblem>> => {
    const taken = props.known.filter((one) => one.userid === form.userid).map((one) => one.tokenid);
    const name = token ? undefined : tokenNameProblem(form.name.trim(), taken);
    return name === undefined ? {} : { name };
  };
  const form = createAccessForm<TokenForm>(
    {
      userid: token?.userid ?? props.owners[0] ?? '',
      name: token?.tokenid ?? '',
      comment: token?.comment ?? '',
      lastDay: lastDayOf(token?.expire),
      privsep: token?.privsep !== 0,
    },
    problems,
  );

  async function run(): Promise<void> {
    const { userid, name, comment, lastDay, privsep } = form.form;
    const place = { userid, tokenid: name.trim() };
    const values = { comment: comment.trim(), privsep, ...expireParam(token?.expire, lastDay) };
    if (token) {
      await api('PUT /access/users/{userid}/token/{tokenid}', { ...place, ...values });
      props.onDone();
      return;
    }
    const reply = await api('POST /access/users/{userid}/token/{tokenid}', { ...place, ...values });
    setMade({ id: reply['full-tokenid'], secret: reply.value, privsep });
    props.onDone();
  }

  return (
    <Show
      when={made()}
      fallback={
        <FormDialog
          title={token ? t('tokens.editTitle', { token: fullName(token) }) : t('tokens.create')}
          action={t(token ? 'common.save' : 'tokens.create')}
          fields={['tokenid', 'comment', 'expire']}
          check={form.check}
          run={run}
          onClose={() => {
            if (made() === undefined) props.onClose();
          }}
        >
          {(refused) => (
            <>
              <Show when={!token && props.owners.length > 1}>
                <BoundSelect
                  of={form}
                  name="userid"
                  label={t('tokens.owner')}
                  choices={props.owners.map((one) => ({ value: one, label: one }))}
                />
              </Show>
              <Show when={!token}>
                <BoundText
                  of={form}
                  name="name"
                  label={t('tokens.name')}
                  hint={t('tokens.nameHint')}
                  error={refused('tokenid')}
                  autocapitalize="none"
                />
              </Show>
              <BoundText of={form} name="comment" label={t('access.comment')} error={refused('comment')} />
              <BoundText
                of={form}
                name="lastDay"
                type="date"
                label={t('access.lastDay')}
                hint={t('tokens.lastDayHint')}
                error={refused('expire')}
              />
              <BoundCheck
                of={form}
                name="privsep"
                label={t('tokens.privsep')}
                hint={t('tokens.privsepHint')}
              />
              <Show when={token && token.privsep !== 0 && !form.form.privsep}>
                <Notice tone="warn">{t('tokens.privsepOff')}</Notice>
              </Show>
            </>
          )}
        </FormDialog>
      }
    >
      {(secret) => <SecretDialog {...secret()} onClose={props.onClose} />}
    </Show>
  );
}

function SecretDialog(props: NewSecret & { onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={t('tokens.made')}
      footer={
        <Button look="primary" onClick={props.onClose}>
          {t('tokens.kept')}
        </Button>
      }
    >
      <div class="flex flex-col gap-4">
        <Notice tone="warn">{t('tokens.secretOnce')}</Notice>
        <CodeBlock label={t('tokens.id')} text={props.id} />
        <CodeBlock label={t('tokens.secret')} text={props.secret} />
        <CodeBlock
          label={t('tokens.header')}
          text={`Authorization: PVEAPIToken=${props.id}=${props.secret}`}
        />
        <Show when={props.privsep}>
          <p class="text-sm text-muted">{t('tokens.needsRoles')}</p>
        </Show>
      </div>
    </Dialog>
  );
}

export function RemoveTokenDialog(props: { token: TokenLine; onDone: () => void; onClose: () => void }) {
  const name = fullName(props.token);
  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('tokens.removeTitle')}
      action={t('tokens.remove')}
      typed={props.token.tokenid}
      onConfirm={async () => {
        const { userid, tokenid } = props.token;
        await api('DELETE /access/users/{userid}/token/{tokenid}', { userid, tokenid });
        props.onDone();
      }}
    >
      <span class="break-words">{t('tokens.removeText', { token: name })}</span>
    </ConfirmDialog>
  );
}
