// The second factors of another user: opened again when they are locked, removed when a phone is lost.
import { createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Notice, Skeleton } from '../../components/panel.tsx';
import { createSubmission } from '../../components/submission.ts';
import { t } from '../../i18n/index.ts';
import { FactorList } from '../account/factor-list.tsx';
import { isLocked, type User } from './access-data.ts';

interface UserFactorsProps {
  user: User;
  /** Why they cannot be changed. */
  reason: string | undefined;
  onChanged: () => void;
  onClose: () => void;
}

export function UserFactorsDialog(props: UserFactorsProps) {
  const { userid } = props.user;
  const [locked, setLocked] = createSignal(isLocked(props.user));
  const factors = createQuery(
    () => ({ userid }),
    (of) => api('GET /access/tfa/{userid}', of),
  );
  const unlocking = createSubmission(async () => {
    await api('PUT /access/users/{userid}/unlock-tfa', { userid });
    setLocked(false);
    props.onChanged();
  });
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={t('users.factorsTitle', { user: userid })}
      footer={<Button onClick={props.onClose}>{t('common.close')}</Button>}
    >
      <div class="flex flex-col gap-4">
        <Show when={locked()}>
          <Notice tone="warn">
            <p class="mb-2">{t('users.lockedText')}</p>
            <Button busy={unlocking.busy()} reason={props.reason} onClick={() => void unlocking.submit()}>
              {t('users.unlock')}
            </Button>
          </Notice>
        </Show>
        <ErrorNote error={unlocking.error()} />
        <ErrorNote error={factors.error()} retry={factors.reload} />
        <Show when={factors.data()} fallback={<Show when={!factors.error()}>{<Skeleton lines={2} />}</Show>}>
          {(all) => (
            <Show when={all().length > 0} fallback={<p class="text-sm">{t('users.noFactor')}</p>}>
              <p class="text-sm text-muted">{t('users.factorsText')}</p>
              <FactorList
                userid={userid}
                factors={all()}
                reason={props.reason}
                onChanged={() => {
                  factors.reload();
                  props.onChanged();
                }}
              />
            </Show>
          )}
        </Show>
      </div>
    </Dialog>
  );
}
