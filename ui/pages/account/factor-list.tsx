// The second factors of a user, each with what can be done with it: renamed, switched off and on, removed.
import KeyRound from 'lucide-solid/icons/key-round';
import Smartphone from 'lucide-solid/icons/smartphone';
import { createSignal, For, Match, Show, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { sessionUser } from '../../api/session.ts';
import { TextField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Badge } from '../../components/panel.tsx';
import { RowMenu } from '../../components/row-menu.tsx';
import { moment } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import type { Factor } from '../access/access-data.ts';
import { OwnPasswordField, ownPassword, proven } from './own-password.tsx';

const nameOf = (factor: Factor) => (factor.type === 'recovery' ? t('account.keys') : factor.description);

type Change = 'rename' | 'switch' | 'remove';

export function FactorList(props: {
  userid: string;
  factors: readonly Factor[];
  onChanged: () => void;
  /** Why nothing can be changed. */
  reason?: string | undefined;
}) {
  const [changing, setChanging] = createSignal<{ factor: Factor; change: Change }>();
  const actions = (factor: Factor) => {
    const act = (change: Change) => () => setChanging({ factor, change });
    const reason = props.reason;
    const app = [
      { label: t('account.rename'), onSelect: act('rename'), reason },
      {
        label: t(factor.enable === 0 ? 'account.switchOn' : 'account.switchOff'),
        onSelect: act('switch'),
        reason,
      },
    ];
    return [
      ...(factor.type === 'totp' ? app : []),
      { label: t('account.remove'), onSelect: act('remove'), harsh: true, reason },
    ];
  };
  return (
    <>
      <ul class="flex flex-col" aria-label={t('account.factors')}>
        <For each={props.factors}>
          {(factor) => (
            <li class="flex min-h-11 items-center gap-3 border-b border-line py-1.5 text-sm last:border-b-0">
              <span class="shrink-0 text-muted">
                <Show when={factor.type === 'totp'} fallback={<KeyRound size={17} aria-hidden="true" />}>
                  <Smartphone size={17} aria-hidden="true" />
                </Show>
              </span>
              <div class="min-w-0 flex-1">
                <p class="font-medium break-words">{nameOf(factor)}</p>
                <p class="text-xs text-muted">{t('account.madeOn', { date: moment(factor.created) })}</p>
              </div>
              <Show when={factor.enable === 0}>
                <Badge tone="warn">{t('account.isOff')}</Badge>
              </Show>
              <RowMenu label={t('access.actionsOf', { what: nameOf(factor) })} actions={actions(factor)} />
            </li>
          )}
        </For>
      </ul>
      <Show when={changing()} keyed>
        {(one) => (
          <FactorDialog
            {...one}
            userid={props.userid}
            last={props.factors.length === 1}
            onChanged={props.onChanged}
            onClose={() => setChanging(undefined)}
          />
        )}
      </Show>
    </>
  );
}

interface FactorDialogProps {
  userid: string;
  factor: Factor;
  change: Change;
  /** There is no other. */
  last: boolean;
  onChanged: () => void;
  onClose: () => void;
}

function FactorDialog(props: FactorDialogProps) {
  const { factor, userid, change } = props;
  const own = userid === sessionUser();
  const [present, setPresent] = createSignal('');
  const [name, setName] = createSignal(factor.description);
  const [tried, setTried] = createSignal(false);
  const nameless = () => change === 'rename' && name().trim() === '';

  async function run(): Promise<void> {
    const place = { userid, id: factor.id, ...ownPassword('password', present()) };
    await proven('password', () => {
      if (change === 'remove') return api('DELETE /access/tfa/{userid}/{id}', place);
      const part = change === 'rename' ? { description: name().trim() } : { enable: factor.enable === 0 };
      return api('PUT /access/tfa/{userid}/{id}', { ...place, ...part });
    });
    props.onChanged();
  }
  const verb = () => {
    if (change === 'rename') return t('account.rename');
    if (change === 'remove') return t('account.remove');
    return t(factor.enable === 0 ? 'account.switchOn' : 'account.switchOff');
  };

  return (
    <FormDialog
      title={t('account.factorTitle', { action: verb(), what: nameOf(factor) })}
      action={verb()}
      danger={change === 'remove'}
      fields={['password', 'description']}
      check={() => {
        setTried(true);
        return !nameless();
      }}
      run={run}
      onClose={props.onClose}
    >
      {(refused) => (
        <>
          <Switch>
            <Match when={change === 'rename'}>
              <TextField
                label={t('account.totpDescription')}
                value={name()}
                onValue={setName}
                maxlength={255}
                error={tried() && nameless() ? t('access.problem.description') : refused('description')}
              />
            </Match>
            <Match when={change === 'remove' || factor.enable !== 0}>
              <p>{t(own ? 'account.removeText' : 'users.removeFactorText', { user: userid })}</p>
              <Show when={props.last}>
                <p>{t('account.removeLast')}</p>
              </Show>
            </Match>
          </Switch>
          <OwnPasswordField value={present()} onValue={setPresent} error={refused('password')} />
        </>
      )}
    </FormDialog>
  );
}
