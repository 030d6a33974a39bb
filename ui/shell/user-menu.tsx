// Who is logged in; what they set for themselves is behind it, and loaded when it is opened.
import User from 'lucide-solid/icons/user';
import { sessionUser } from '../api/session.ts';
import { OnDemand } from '../components/on-demand.tsx';
import { t } from '../i18n/index.ts';

export const loadUserMenu = () => import('./user-menu-list.tsx');

export function UserMenu() {
  return (
    <OnDemand
      popup="menu"
      load={loadUserMenu}
      class="control inline-flex items-center gap-2 rounded-md px-2 text-sm text-muted hover:bg-hover hover:text-text"
      aria-label={t('user.menu', { user: sessionUser() })}
    >
      <User size={17} aria-hidden="true" />
      <span class="max-w-40 truncate max-xl:hidden">{sessionUser()}</span>
    </OnDemand>
  );
}
