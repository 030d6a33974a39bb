// What is behind the user's button: who is logged in, theme, language, account, the way out.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import { useNavigate } from '@solidjs/router';
import Check from 'lucide-solid/icons/check';
import Keyboard from 'lucide-solid/icons/keyboard';
import LogOut from 'lucide-solid/icons/log-out';
import Settings from 'lucide-solid/icons/settings';
import { For } from 'solid-js';
import { logOut, sessionUser } from '../api/session.ts';
import { menuBox, menuItem } from '../components/menu-look.ts';
import { MenuPortal } from '../components/menu-portal.tsx';
import type { Face } from '../components/on-demand.tsx';
import { locale, t } from '../i18n/index.ts';
import { languageCodes, languages, setLanguage } from '../i18n/languages.ts';
import { setTheme, theme, themes } from '../theme/theme.ts';
import { setKeyMapOpen } from './open-state.ts';

export default function UserMenuList(props: Face) {
  const navigate = useNavigate();
  return (
    <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
      <DropdownMenu.Trigger {...props} />
      <MenuPortal>
        <DropdownMenu.Content class={menuBox}>
          <div class="border-b border-line px-3 pt-1.5 pb-2 text-sm">
            <p class="text-xs text-muted">{t('user.loggedInAs')}</p>
            <p class="font-medium break-all">{sessionUser()}</p>
          </div>
          <DropdownMenu.Item class={`${menuItem} mt-1`} onSelect={() => navigate('/account')}>
            <Settings size={15} aria-hidden="true" />
            {t('user.account')}
          </DropdownMenu.Item>
          <DropdownMenu.Item class={menuItem} onSelect={() => setKeyMapOpen(true)}>
            <Keyboard size={15} aria-hidden="true" />
            {t('user.keys')}
          </DropdownMenu.Item>
          <DropdownMenu.Separator class="my-1 border-line" />
          <DropdownMenu.Group>
            <DropdownMenu.GroupLabel class="px-3 py-1 text-xs text-muted">
              {t('user.theme')}
            </DropdownMenu.GroupLabel>
            <DropdownMenu.RadioGroup value={theme()}>
              <For each={themes}>
                {(one) => <RadioItem value={one} label={t(`theme.${one}`)} onSelect={() => setTheme(one)} />}
              </For>
            </DropdownMenu.RadioGroup>
          </DropdownMenu.Group>
          <DropdownMenu.Separator class="my-1 border-line" />
          <DropdownMenu.Group>
            <DropdownMenu.GroupLabel class="px-3 py-1 text-xs text-muted">
              {t('user.language')}
            </DropdownMenu.GroupLabel>
            <DropdownMenu.RadioGroup value={locale()}>
              <For each={languageCodes}>
                {(code) => (
                  <RadioItem
                    value={code}
                    label={languages[code].name}
                    lang={code}
                    onSelect={() => void setLanguage(code)}
                  />
                )}
              </For>
            </DropdownMenu.RadioGroup>
          </DropdownMenu.Group>
          <DropdownMenu.Separator class="my-1 border-line" />
          <DropdownMenu.Item class={menuItem} onSelect={logOut}>
            <LogOut size={15} aria-hidden="true" />
            {t('user.logOut')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </MenuPortal>
    </DropdownMenu>
  );
}

/** The menu stays: one sees what it does. */
function RadioItem(props: { value: string; label: string; lang?: string; onSelect: () => void }) {
  return (
    <DropdownMenu.RadioItem
      value={props.value}
      class={menuItem}
      lang={props.lang}
      closeOnSelect={false}
      onSelect={props.onSelect}
    >
      <span class="flex size-4 items-center">
        <DropdownMenu.ItemIndicator>
          <Check size={15} aria-hidden="true" />
        </DropdownMenu.ItemIndicator>
      </span>
      {props.label}
    </DropdownMenu.RadioItem>
  );
}
