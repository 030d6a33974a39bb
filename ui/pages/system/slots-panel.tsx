// Slots A and B side by side, and what can be done with them: try the update, go back, keep what runs.
import { createSignal, For, Show } from 'solid-js';
import type { ApplianceStatus } from '../../../server/contract/appliance.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Badge, KeyValues, Panel } from '../../components/panel.tsx';
import { toast, toastError } from '../../components/toasts.tsx';
import { bytes, moment } from '../../format/show.ts';
import { canKeepRunning, type SlotCard, slotCards, switchOffer } from '../../forms/slots.ts';
import { t, tn } from '../../i18n/index.ts';
import { readAppliance } from '../../live/appliances.ts';
import { isActive } from '../../live/state.ts';
import { guests, tasks } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { builtText } from './built-text.ts';
import { expectRestart } from './restart-state.ts';

interface SlotsProps {
  node: string;
  status: ApplianceStatus;
}

/** A task that changes the slots of a node now. */
export function slotTask(node: string) {
  return tasks().find(
    (task) => task.node === node && isActive(task) && /^image(update|switch)$/.test(task.type),
  );
}

export function SlotsPanel(props: SlotsProps) {
  const last = () => props.status.last;
  return (
    <Panel title={t('system.slots')}>
      <div class="flex flex-col gap-4">
        <p class="text-sm text-muted">{t('system.slotsHint')}</p>
        <ul class="grid gap-3 sm:grid-cols-2" aria-label={t('system.slots')}>
          <For each={slotCards(props.status)}>{(card) => <Slot card={card} />}</For>
        </ul>
        <Actions node={props.node} status={props.status} />
        <Show when={last()?.outcome === 'committed' && last()}>
          {(one) => (
            <p class="text-xs text-muted">
              {t('system.committed', { from: one().from, to: one().to, when: moment(one().at) })}
            </p>
          )}
        </Show>
      </div>
    </Panel>
  );
}

function Slot(props: { card: SlotCard }) {
  return (
    <li
      class={`flex min-w-0 flex-col gap-2 rounded-md border px-4 py-3 ${props.card.running ? 'border-accent' : 'border-line'}`}
    >
      <div class="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 class="text-sm font-semibold">{t('system.slot', { name: props.card.name })}</h3>
        <Show when={props.card.running}>
          <Badge tone="accent">{t('system.running')}</Badge>
        </Show>
        <Show when={props.card.byDefault}>
          <Badge tone="ok">{t('system.default')}</Badge>
        </Show>
        <Show when={props.card.role === 'trial'}>
          <Badge tone="warn">{t('system.onTrial')}</Badge>
        </Show>
        <Show when={props.card.role === 'update'}>
          <Badge tone="accent">{t('system.newUpdate')}</Badge>
        </Show>
        <Show when={props.card.role === 'failed'}>
          <Badge tone="warn">{t('system.failedUpdate')}</Badge>
        </Show>
      </div>
      <Show
        when={props.card.role !== 'empty'}
        fallback={<p class="text-sm text-muted">{t('system.empty')}</p>}
      >
        <p class="num text-lg font-semibold break-words">{props.card.version ?? '–'}</p>
        <KeyValues
          facts={[
            { name: t('system.built'), value: builtText(props.card.built) },
            { name: t('system.size'), value: bytes(props.card.bytes) },
          ]}
        />
      </Show>
    </li>
  );
}

function Actions(props: SlotsProps) {
  const [asking, setAsking] = createSignal(false);
  const [keeping, setKeeping] = createSignal(false);
  const offer = () => switchOffer(props.status);
  const busy = () => (slotTask(props.node) ? t('system.slotsBusy') : undefined);
  const running = () =>
    guests().filter((guest) => guest.node === props.node && guest.status === 'running').length;

  async function keep(): Promise<void> {
    setKeeping(true);
    try {
      await api('POST /nodes/{node}/appliance/confirm', { node: props.node });
      toast('ok', t('system.kept', { version: props.status.version }));
      await readAppliance(props.node);
    } catch (thrown) {
      toastError(t('system.keepFailed'), thrown);
    } finally {
      setKeeping(false);
    }
  }

  return (
    <div class="flex flex-col gap-3 empty:hidden">
      <Show when={canKeepRunning(props.status)}>
        <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
          <Button
            look={props.status.trial === 1 ? 'plain' : 'primary'}
            busy={keeping()}
            onClick={() => void keep()}
          >
            {t('system.keep')}
          </Button>
          <p class="min-w-0 flex-1 basis-64 text-sm text-muted">
            {t(props.status.trial === 1 ? 'system.keepTrialHint' : 'system.keepHint')}
          </p>
        </div>
      </Show>
      <Show when={offer()}>
        {(one) => (
          <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
            <Button
              look={one().kind === 'update' ? 'primary' : 'plain'}
              reason={busy()}
              onClick={() => setAsking(true)}
            >
              {t(`system.switch.${one().kind}`)}
            </Button>
            <p class="min-w-0 flex-1 basis-64 text-sm text-muted">
              {t(`system.offer.${one().kind}`, { version: one().version })}
            </p>
            <ConfirmDialog
              open={asking()}
              onClose={() => setAsking(false)}
              title={t('system.switchTitle', { version: one().version })}
              action={t('system.switchAction')}
              onConfirm={async () => {
                const upid = await api('POST /nodes/{node}/appliance/switch', { node: props.node });
                watchTask(upid);
                expectRestart({ node: props.node, what: 'switch', upid });
              }}
            >
              <div class="flex flex-col gap-2">
                <p>{t('system.switchText', { version: one().version, now: props.status.version })}</p>
                <p>{running() > 0 ? tn('system.guestsRun', running()) : t('system.noGuestsRun')}</p>
              </div>
            </ConfirmDialog>
          </div>
        )}
      </Show>
    </div>
  );
}
