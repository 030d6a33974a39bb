// The bar at the top: where one is, whether what is shown is current, what one may do everywhere.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import { A } from '@solidjs/router';
import LogOut from 'lucide-solid/icons/log-out';
import Menu from 'lucide-solid/icons/menu';
import Plus from 'lucide-solid/icons/plus';
import User from 'lucide-solid/icons/user';
import { For, Match, Switch } from 'solid-js';
import { logOut, sessionUser } from '../api/session.ts';
import { Button, IconButton } from '../components/button.tsx';
import { t } from '../i18n/index.ts';
import { connectionState, live, reconnectNow } from '../live/store.ts';
import { setCreating } from './create-state.ts';
import { Logo } from './logo.tsx';
import { ThemeButton } from './theme-button.tsx';

export function TopBar(props: { onMenu: () => void }) {
  return (
    <header class="flex h-13 shrink-0 items-center gap-2 border-b border-line bg-surface px-3">
      <IconButton label={t('shell.menu')} class="md:hidden" onClick={props.onMenu}>
        <Menu size={19} />
      </IconButton>
      <A href="/" class="flex items-center gap-2.5 rounded-md px-1 py-1">
        <Logo class="size-6.5" />
        <span class="text-lg font-semibold tracking-tight">{t('product.name')}</span>
      </A>
      <div class="flex-1" />
      <Connection />
      <CreateButtons />
      <ThemeButton />
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger
          class="control inline-flex items-center gap-2 rounded-md px-2 text-sm text-muted hover:bg-hover hover:text-text"
          aria-label={t('user.menu', { user: sessionUser() })}
        >
          <User size={17} aria-hidden="true" />
          <span class="max-lg:hidden">{sessionUser()}</span>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content class="z-50 min-w-52 rounded-lg border border-line bg-raised p-1 shadow-pop outline-none">
            <div class="border-b border-line px-3 pt-1.5 pb-2 text-sm">
              <p class="text-xs text-muted">{t('user.loggedInAs')}</p>
              <p class="font-medium break-all">{sessionUser()}</p>
            </div>
            <DropdownMenu.Item
              class="mt-1 flex min-h-9 cursor-pointer items-center gap-2 rounded-md px-3 text-sm outline-none data-highlighted:bg-hover pointer-coarse:min-h-11"
              onSelect={logOut}
            >
              <LogOut size={15} aria-hidden="true" />
              {t('user.logOut')}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu>
    </header>
  );
}

const creatable = [
  { kind: 'qemu', label: 'create.open' },
  { kind: 'lxc', label: 'ct.openCreate' },
] as const;

/** Two buttons where there is room, one with a menu on phones. */
function CreateButtons() {
  const reason = () => (live.loaded ? undefined : t('common.wait'));
  return (
    <>
      <For each={creatable}>
        {({ kind, label }) => (
          <Button
            class="max-md:hidden"
            look={kind === 'qemu' ? 'primary' : 'plain'}
            icon={<Plus size={16} />}
            reason={reason()}
            onClick={() => setCreating({ kind, node: '' })}
          >
            {t(label)}
          </Button>
        )}
      </For>
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger
          class="control inline-flex aspect-square items-center justify-center rounded-md bg-accent text-on-accent disabled:opacity-45 md:hidden"
          aria-label={t('ct.create')}
          disabled={!live.loaded}
        >
          <Plus size={18} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content class="z-50 min-w-52 rounded-lg border border-line bg-raised p-1 shadow-pop outline-none">
            <For each={creatable}>
              {({ kind, label }) => (
                <DropdownMenu.Item
                  class="flex min-h-9 cursor-pointer items-center rounded-md px-3 text-sm outline-none data-highlighted:bg-hover pointer-coarse:min-h-11"
                  onSelect={() => setCreating({ kind, node: '' })}
                >
                  {t(label)}
                </DropdownMenu.Item>
              )}
            </For>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu>
    </>
  );
}

/** Quiet while all is well; says plainly when what is shown may be old. */
function Connection() {
  return (
    <div role="status" aria-label={t('live.label')} class="flex items-center gap-2 px-1 text-sm">
      <Switch>
        <Match when={connectionState() === 'live'}>
          <span class="flex items-center gap-1.5 text-muted" title={t('live.liveHint')}>
            <span class="size-1.5 rounded-full bg-ok" />
            <span class="max-sm:sr-only">{t('live.live')}</span>
          </span>
        </Match>
        <Match when={connectionState() === 'connecting'}>
          <span class="text-muted max-sm:sr-only">{t('live.connecting')}</span>
        </Match>
        <Match when={connectionState() === 'reconnecting'}>
          <button
            type="button"
            class="flex items-center gap-1.5 rounded-md bg-warn-soft px-2 py-1 font-medium text-warn"
            title={t('live.reconnectingHint')}
            onClick={reconnectNow}
          >
            <span class="size-1.5 animate-[pulse-soft_1s_ease-in-out_infinite] rounded-full bg-warn" />
            {t('live.reconnecting')}
          </button>
        </Match>
      </Switch>
    </div>
  );
}
