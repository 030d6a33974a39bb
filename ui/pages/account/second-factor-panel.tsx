// The own second factor: authenticator apps and recovery keys.
import { createSignal, Match, Show, Switch } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { sessionUser } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { t } from '../../i18n/index.ts';
import { FactorList } from './factor-list.tsx';
import { RecoveryDialog } from './recovery-dialog.tsx';
import { TotpDialog } from './totp-dialog.tsx';

export function SecondFactorPanel() {
  const [open, setOpen] = createSignal<'totp' | 'keys'>();
  const factors = createQuery(
    () => ({ userid: sessionUser() }),
    ({ userid }) => api('GET /access/tfa/{userid}', { userid }),
  );
  const has = (type: 'totp' | 'recovery') => (factors.data() ?? []).some((one) => one.type === type);
  /** Keys that are made twice would open one dialog over the other's answer. */
  const [replacing, setReplacing] = createSignal(false);
  const makeKeys = () => {
    setReplacing(has('recovery'));
    setOpen('keys');
  };
  const reason = () => (factors.data() === undefined ? t('common.wait') : undefined);
  return (
    <Panel
      title={t('account.secondFactor')}
      actions={
        <>
          <Button reason={reason()} onClick={makeKeys}>
            {t(has('recovery') ? 'account.newKeys' : 'account.makeKeys')}
          </Button>
          <Button look="primary" reason={reason()} onClick={() => setOpen('totp')}>
            {t('account.addTotp')}
          </Button>
        </>
      }
    >
      <div class="flex flex-col gap-3">
        <ErrorNote error={factors.error()} retry={factors.reload} />
        <Show when={factors.data()} fallback={<Show when={!factors.error()}>{<Skeleton lines={3} />}</Show>}>
          {(all) => (
            <>
              <Switch>
                <Match when={all().length === 0}>
                  <p class="text-sm text-muted">{t('account.noFactor')}</p>
                </Match>
                <Match
                  when={!all().some((one) => one.type === 'totp' && one.enable !== 0) && has('recovery')}
                >
                  <Notice tone="warn">{t('account.onlyKeys')}</Notice>
                </Match>
                <Match when={!has('recovery')}>
                  <Notice tone="warn">{t('account.noKeys')}</Notice>
                </Match>
              </Switch>
              <Show when={all().length > 0}>
                <FactorList userid={sessionUser()} factors={all()} onChanged={factors.reload} />
              </Show>
            </>
          )}
        </Show>
      </div>
      <Show when={open() === 'totp'}>
        <TotpDialog onAdded={factors.reload} onClose={() => setOpen(undefined)} />
      </Show>
      <Show when={open() === 'keys'}>
        <RecoveryDialog replace={replacing()} onMade={factors.reload} onClose={() => setOpen(undefined)} />
      </Show>
    </Panel>
  );
}
