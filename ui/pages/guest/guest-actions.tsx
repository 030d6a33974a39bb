// The buttons that start, stop and remove a guest, enabled by the same table that the daemon enforces.
import { DropdownMenu } from '@kobalte/core/dropdown-menu';
import { useNavigate } from '@solidjs/router';
import ChevronDown from 'lucide-solid/icons/chevron-down';
import Play from 'lucide-solid/icons/play';
import Power from 'lucide-solid/icons/power';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { type GuestAction, guestActionsOf } from '../../../server/contract/guest-actions.ts';
import { type PowerAction, removeGuest, runAction } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { refusalText, verbOf } from '../../components/guest-words.ts';
import { MenuPortal } from '../../components/menu-portal.tsx';
import { settingOf } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { startTask, watchTask } from '../../live/watched.ts';
import { labelOf } from '../../shell/tree-model.ts';
import { useGuest } from './guest-context.ts';

const inMenu = ['reboot', 'stop', 'reset', 'suspend', 'resume'] as const;
/** What throws away what the guest has not yet written. */
const harsh: ReadonlySet<GuestAction> = new Set(['stop', 'reset']);

/** What can be done beside the actions of the table. */
export interface MoreAction {
  readonly label: string;
  readonly reason?: string | undefined;
  readonly onSelect: () => void;
}

interface GuestActionsProps {
  more?: readonly MoreAction[];
  /** What goes when it is deleted. */
  deleteText: JSX.Element;
}

export function GuestActions(props: GuestActionsProps) {
  const guest = useGuest();
  const navigate = useNavigate();
  const [asking, setAsking] = createSignal<'stop' | 'reset' | 'delete'>();
  const [busy, setBusy] = createSignal<GuestAction>();
  const known = guestActionsOf(guest.kind);

  const refusal = (action: GuestAction) =>
    refusalText(guest.item(), action, {
      protection: settingOf(guest.config.data() ?? [], 'protection').current === '1',
    });
  const verb = (action: GuestAction) => verbOf(guest.kind, action);

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
  const paused = () => guest.item().status === 'paused' || guest.item().status === 'suspended';
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
      <Show
        when={paused()}
        fallback={action('start', <Play size={15} />, running() || isTemplate() ? 'plain' : 'primary')}
      >
        {action('resume', <Play size={15} />, 'primary')}
      </Show>
      {action('shutdown', <Power size={15} />)}
      <DropdownMenu placement="bottom-end" preventScroll={false} modal={false}>
        <DropdownMenu.Trigger class="control inline-flex items-center gap-1.5 rounded-md border border-line bg-surface px-3 text-sm font-medium hover:bg-hover">
          {t('vm.more')}
          <ChevronDown size={15} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <MenuPortal>
          <DropdownMenu.Content class="z-50 min-w-60 rounded-lg border border-line bg-raised p-1 shadow-pop outline-none">
            {/* A template never runs: that Start says so is enough. */}
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
            </Show>
            <For each={props.more ?? []}>{(one) => <MenuItem {...one} />}</For>
            <MenuItem
              label={verb('delete')}
              harsh
              reason={refusal('delete')}
              onSelect={() => setAsking('delete')}
            />
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
    </>
  );
}

function MenuItem(props: {
  label: string;
  harsh?: boolean;
  reason?: string | undefined;
  onSelect: () => void;
}) {
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
