// The own password, which changes of passwords and second factors ask for; root@pam is not asked.
import { Show } from 'solid-js';
import { ApiError, asApiError } from '../../api/errors.ts';
import { sessionUser } from '../../api/session.ts';
import { TextField } from '../../components/field.tsx';
import { t } from '../../i18n/index.ts';

const asksOwnPassword = (): boolean => sessionUser() !== 'root@pam';

/** The parameter, where it is asked for. */
export function ownPassword<N extends string>(name: N, password: string): { [K in N]?: string } {
  return (asksOwnPassword() ? { [name]: password } : {}) as { [K in N]?: string };
}

/** Runs what the own password proves; where it is wrong, that is said at the parameter. */
export async function proven<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (asApiError(thrown).status !== 401) throw thrown;
    throw new ApiError(401, t('account.ownPasswordWrong'), { [name]: t('account.ownPasswordWrong') });
  }
}

interface OwnPasswordProps {
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
  /** Whose factors or password are changed: another's, when given. */
  label?: string;
}

export function OwnPasswordField(props: OwnPasswordProps) {
  return (
    <Show when={asksOwnPassword()}>
      <input type="text" name="username" autocomplete="username" value={sessionUser()} readonly hidden />
      <TextField
        label={props.label ?? t('account.ownPassword')}
        hint={t('account.ownPasswordHint')}
        type="password"
        name="password"
        autocomplete="current-password"
        value={props.value}
        onValue={props.onValue}
        error={props.error}
      />
    </Show>
  );
}
