// The bar at the top: where one is, whether what is shown is current, what one may do everywhere.
import { A } from '@solidjs/router';
import Menu from 'lucide-solid/icons/menu';
import Plus from 'lucide-solid/icons/plus';
import Search from 'lucide-solid/icons/search';
import { For, Match, Switch } from 'solid-js';
import { Button, IconButton } from '../components/button.tsx';
import { OnDemand } from '../components/on-demand.tsx';
import { t } from '../i18n/index.ts';
import { connectionState, live, reconnectNow } from '../live/store.ts';
import { creatable, setCreating } from './create-state.ts';
import { keyCaps } from './keyboard.ts';
import { Logo } from './logo.tsx';
import { NoticesButton } from './notices-button.tsx';
import { setPalette } from './open-state.ts';
import { UserMenu } from './user-menu.tsx';

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
      <div class="flex min-w-0 flex-1 justify-center">
        <SearchButton />
      </div>
      <Connection />
      <CreateButtons />
      <NoticesButton />
      <UserMenu />
    </header>
  );
}

const loadCreateMenu = () => import('./create-menu.tsx');
const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Looks like a field, for that is what it opens; on phones a sign. */
function SearchButton() {
  return (
    <>
      <button
        type="button"
        aria-keyshortcuts="Control+K Meta+K /"
        class="control flex w-full max-w-md min-w-0 items-center gap-2 rounded-md border border-line bg-canvas px-2.5 text-sm text-muted hover:border-line-strong hover:text-text max-md:hidden"
        onClick={() => setPalette('')}
      >
        <Search size={15} aria-hidden="true" />
        <span class="min-w-0 flex-1 truncate text-start">{t('search.open')}</span>
        <span class="rounded-sm border border-line px-1.5 text-xs leading-5 max-lg:hidden" aria-hidden="true">
          {keyCaps('Mod+k', isApple).join(' ')}
        </span>
      </button>
      <IconButton label={t('search.open')} class="ms-auto md:hidden" onClick={() => setPalette('')}>
        <Search size={18} />
      </IconButton>
    </>
  );
}

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
      <OnDemand
        popup="menu"
        load={loadCreateMenu}
        class="control inline-flex aspect-square items-center justify-center rounded-md bg-accent text-on-accent disabled:opacity-45 md:hidden"
        aria-label={t('ct.create')}
        disabled={!live.loaded}
      >
        <Plus size={18} aria-hidden="true" />
      </OnDemand>
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
