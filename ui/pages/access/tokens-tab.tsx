// The API tokens of all users that one may see.
import { createMemo } from 'solid-js';
import { sessionUser } from '../../api/session.ts';
import { t } from '../../i18n/index.ts';
import { TokenPanel } from '../account/token-panel.tsx';
import { createOwnRights, createUsers } from './access-data.ts';

export default function TokensTab() {
  const users = createUsers();
  const rights = createOwnRights();
  const tokens = createMemo(() =>
    (users.data() ?? []).flatMap((user) =>
      (user.tokens ?? []).map((one) => ({ ...one, userid: user.userid })),
    ),
  );
  const reason = (userid: string) => {
    if (userid === sessionUser()) return undefined;
    if (userid === 'root@pam') return t('users.onlyRoot');
    return rights.lackingBelow('/access/groups', 'User.Modify');
  };
  /** The own ones first. */
  const owners = () => {
    const all = (users.data() ?? []).map((user) => user.userid).filter((one) => reason(one) === undefined);
    return [sessionUser(), ...all.filter((one) => one !== sessionUser())];
  };
  return <TokenPanel query={users} tokens={tokens()} owners={owners()} reason={reason} ownerShown />;
}
