// The buttons that start, stop and remove a guest, enabled by the same table that the daemon enforces.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import { useNavigate } from '@solidjs/router';
import ChevronDown from 'lucide-solid/icons/chevron-down';
import Copy from 'lucide-solid/icons/copy';
import Play from 'lucide-solid/icons/play';
import Power from 'lucide-solid/icons/power';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { type PowerAction, removeGuest, runAction } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { refusalText, type ShownAction, shownActionsOf, verbOf } from '../../components/guest-words.ts';
import { MenuPortal } from '../../components/menu-portal.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { shownState } from '../../live/guest-state.ts';
import { startTask, watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { useGuest } from './guest-context.ts';
import { createCopies, type MoreAction } from './guest-copies.tsx';
import { createForgetting } from './guest-forget.tsx';

const inMenu = ['reboot', 'stop', 'reset', 'suspend', 'hibernate', 'resume'] as const;
/** What throws away what the guest has not yet written. */
const harsh: ReadonlySet<ShownAction> = new Set(['stop', 'reset']);

/** `deleteText`: what goes when it is deleted. */
export function GuestActions(props: { deleteText: JSX.Element }) {
  const guest = useGuest();
  const navigate = useNavigate();
  const [asking, setAsking] = createSignal<'stop' | 'reset' | 'delete'>();
  const [busy, setBusy] = createSignal<PowerAction>();
  const known = shownActionsOf(guest.kind);
  const copies = createCopies();

  const refusal = (action: ShownAction) =>
    refusalText(guest.item(), action, {
      protection: settingOf(guest.config.data() ?? [], 'protection').current === '1',
    });
  const forgetting = createForgetting(() => refusal('delete'));
  const verb = (action: ShownAction) => verbOf(guest.kind, action);

  async function run(action: PowerAction): Promise<void> {
    setBusy(action);
    await startTask(verb(action), runAction(guest.kind, action, guest.place()));
    setBusy(undefined);
  }
  const choose = (action: PowerAction) => {
    if (action === 'stop' || action === 'reset') setAsking(action);
    else void run(action);
  };

  const running = () => guest.item().status === 'running';
  const isTemplate = () => guest.item().template === 1;
  const paused = () => ['paused', 'suspended', 'hibernated'].includes(shownState(guest.item()));
  const action = (name: PowerAction, icon: JSX.Element, look: 'primary' | 'plain' = 'plain') => (
    <Button
      look={look}
      icon={icon}
      reason={refusal(name)}
      busy={busy() === name}
      onClick={() => choose(name)}
    >
      {verb(name)}
    </Button>
  );

  return (
    <>
      {/* A template never runs: it is there to be cloned. */}
      <Show
        when={!isTemplate()}
        fallback={
          <Button
            look="primary"
            icon={<Copy size={15} />}
            reason={copies.clone().reason}
            onClick={() => copies.clone().onSelect()}
          >
            {copies.clone().label}
          </Button>
        }
      >
        <Show when={paused()} fallback={action('start', <Play size={15} />, running() ? 'plain' : 'primary')}>
          {action('resume', <Play size={15} />, 'primary')}
        </Show>
        {action('shutdown', <Power size={15} />)}
      </Show>
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger class="control inline-flex items-center gap-1.5 rounded-md border border-line bg-surface px-3 text-sm font-medium hover:bg-hover">
          {t('vm.more')}
          <ChevronDown size={15} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <MenuPortal>
          <DropdownMenu.Content class="z-50 min-w-60 rounded-lg border border-line bg-raised p-1 shadow-pop outline-none">
            <Show when={!isTemplate()}>
              <For each={inMenu.filter((name) => known.includes(name))}>
                {(name) => (
                  <MenuItem
                    label={verb(name)}
                    harsh={harsh.has(name)}
                    reason={refusal(name)}
                    onSelect={() => choose(name)}
                  />
                )}
              </For>
              <DropdownMenu.Separator class="my-1 border-line" />
              <MenuItem {...copies.clone()} />
            </Show>
            <Show when={copies.makeTemplate()}>{(one) => <MenuItem {...one()} />}</Show>
            <MenuItem
              label={verb('delete')}
              harsh
              reason={refusal('delete')}
              onSelect={() => setAsking('delete')}
            />
            <Show when={forgetting.forget()}>{(one) => <MenuItem harsh {...one()} />}</Show>
          </DropdownMenu.Content>
        </MenuPortal>
      </DropdownMenu>
      <ConfirmDialog
        open={asking() === 'stop' || asking() === 'reset'}
        onClose={() => setAsking(undefined)}
        title={asking() === 'reset' ? t('vm.resetTitle') : t('vm.stopTitle')}
        action={t(asking() === 'reset' ? 'action.reset' : 'action.stop')}
        onConfirm={async () => {
          const name = asking() === 'reset' ? 'reset' : 'stop';
          watchTask(await runAction(guest.kind, name, guest.place()));
        }}
      >
        {t(guest.kind === 'lxc' ? 'ct.harshText' : 'vm.harshText', { name: labelOf(guest.item()) })}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking() === 'delete'}
        onClose={() => setAsking(undefined)}
        title={t('vm.deleteTitle', { name: labelOf(guest.item()) })}
        action={t('action.delete')}
        typed={String(guest.place().vmid)}
        onConfirm={async () => {
          watchTask(await removeGuest(guest.kind, guest.place()));
          navigate('/');
        }}
      >
        {props.deleteText}
      </ConfirmDialog>
      {copies.dialogs()}
      {forgetting.dialog()}
    </>
  );
}

function MenuItem(props: MoreAction & { harsh?: boolean }) {
  return (
    <DropdownMenu.Item
      disabled={props.reason !== undefined}
      onSelect={props.onSelect}
      class={`flex min-h-9 cursor-pointer flex-col justify-center rounded-md px-3 py-1 text-sm outline-none data-disabled:cursor-not-allowed data-disabled:text-muted data-highlighted:bg-hover pointer-coarse:min-h-11 ${props.harsh ? 'text-bad' : ''}`}
    >
      {props.label}
      <Show when={props.reason}>
        <span class="text-xs text-muted">{props.reason}</span>
      </Show>
    </DropdownMenu.Item>
  );
}
