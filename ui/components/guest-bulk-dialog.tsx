// Doing one thing with several guests: with which it can be done, how each is doing, what became of it.
import { createSignal, For, Show } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { type PowerAction, removeGuest, runAction } from '../api/guests.ts';
import { t, tn } from '../i18n/index.ts';
import { live } from '../live/store.ts';
import { watchTask } from '../live/watched.ts';
import { labelOf } from '../shell/tree-model.ts';
import { type Outcome, partByReason, runBulk } from './bulk-run.ts';
import { Button, Spinner } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { errorText } from './error-note.tsx';
import { TextField } from './field.tsx';
import { refusalText } from './guest-words.ts';
import { Badge } from './panel.tsx';
import { TaskState } from './task-state.tsx';

export type BulkAction = Exclude<PowerAction, 'reset'> | 'delete';

/** More at once would only wait for each other in the node's queue. */
const atOnce = 4;
const harsh: ReadonlySet<BulkAction> = new Set(['stop', 'delete']);

interface GuestBulkDialogProps {
  action: BulkAction;
  /** As they were when it was chosen. */
  guests: readonly ResourceItem[];
  onClose: () => void;
}

export function GuestBulkDialog(props: GuestBulkDialogProps) {
  const { action } = props;
  const { able, unable } = partByReason(props.guests, (item) => refusalText(item, action));
  const ids = able.map((item) => ({ item: { ...item }, name: `${item.vmid} ${labelOf(item)}` }));
  const [outcomes, setOutcomes] = createStore<Outcome<string>[]>(ids.map(() => ({ state: 'waiting' })));
  const [step, setStep] = createSignal<'asking' | 'running' | 'asked'>('asking');
  const [text, setText] = createSignal('');
  const word = tn('bulk.deleteWord', able.length);
  const reason = () =>
    action === 'delete' && text().trim() !== word ? t('confirm.typeFirst', { text: word }) : undefined;

  async function run(): Promise<void> {
    if (reason() !== undefined || step() !== 'asking') return;
    setStep('running');
    await runBulk(
      ids,
      atOnce,
      async ({ item }) => {
        const kind = item.type === 'lxc' ? 'lxc' : 'qemu';
        const place = { node: item.node, vmid: item.vmid ?? 0 };
        const upid = await (action === 'delete' ? removeGuest(kind, place) : runAction(kind, action, place));
        watchTask(upid);
        return upid;
      },
      (at, outcome) => setOutcomes(at, outcome),
    );
    setStep('asked');
  }

  const stateOf = (outcome: Outcome<string>) =>
    outcome.state === 'asked' ? live.tasks[outcome.reply]?.state : undefined;
  const summary = () => {
    const count = (test: (outcome: Outcome<string>) => boolean) => outcomes.filter(test).length;
    const done = count((one) => ['ok', 'warnings'].includes(stateOf(one) ?? ''));
    const failed = count(
      (one) => one.state === 'refused' || ['failed', 'interrupted', 'cancelled'].includes(stateOf(one) ?? ''),
    );
    const rest = outcomes.length - done - failed;
    return [
      done > 0 && tn('bulk.done', done),
      failed > 0 && tn('bulk.failed', failed),
      rest > 0 && tn('bulk.rest', rest),
    ]
      .filter(Boolean)
      .join(', ');
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      closable={step() !== 'running'}
      title={tn(`bulk.title.${action}`, able.length)}
      {...(step() === 'asking' ? {} : { description: summary() })}
      footer={
        <Show
          when={step() === 'asking'}
          fallback={
            <Button
              look="primary"
              reason={step() === 'running' ? t('common.wait') : undefined}
              onClick={props.onClose}
            >
              {t('common.close')}
            </Button>
          }
        >
          <Button onClick={props.onClose} autofocus>
            {t('common.cancel')}
          </Button>
          <Button
            look={harsh.has(action) ? 'danger-solid' : 'primary'}
            reason={reason()}
            onClick={() => void run()}
          >
            {t(`bulk.${action}`)}
          </Button>
        </Show>
      }
    >
      <form
        class="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Show when={step() === 'asking' && harsh.has(action)}>
          <p class="text-base">{t(action === 'delete' ? 'bulk.deleteText' : 'bulk.stopText')}</p>
        </Show>
        <ul class="flex flex-col" aria-label={t('bulk.list')} aria-live="polite">
          <For each={ids}>
            {({ name }, i) => (
              <li class="flex min-h-9 flex-wrap items-center justify-between gap-x-3 border-b border-line py-1 text-sm last:border-b-0">
                <span class="min-w-0 flex-1 truncate">{name}</span>
                <OutcomeSign outcome={outcomes[i()]!} />
              </li>
            )}
          </For>
        </ul>
        <Show when={unable.length > 0}>
          <div class="flex flex-col gap-1">
            <p class="text-sm font-medium">{tn('bulk.skipped', unable.length)}</p>
            <ul class="flex flex-col gap-1 text-sm text-muted">
              <For each={unable}>
                {({ one, reason }) => (
                  <li class="break-words">
                    {one.vmid} {labelOf(one)} – {reason}
                  </li>
                )}
              </For>
            </ul>
          </div>
        </Show>
        <Show when={step() === 'asking' && action === 'delete'}>
          <TextField
            label={t('confirm.type', { text: word })}
            value={text()}
            onValue={setText}
            mono
            autofocus
          />
        </Show>
      </form>
    </Dialog>
  );
}

/** Nothing before it was begun. */
function OutcomeSign(props: { outcome: Outcome<string> }) {
  const task = () => (props.outcome.state === 'asked' ? live.tasks[props.outcome.reply] : undefined);
  const error = () =>
    props.outcome.state === 'refused' ? { text: errorText(props.outcome.error) } : undefined;
  return (
    <>
      <Show when={props.outcome.state === 'asking'}>
        <Spinner />
      </Show>
      <Show when={task()}>
        {(one) => (
          <>
            <TaskState task={one()} />
            <Show when={one().endtime !== undefined && !['ok', 'warnings'].includes(one().state)}>
              <p class="w-full text-sm break-words text-bad">{one().status}</p>
            </Show>
          </>
        )}
      </Show>
      <Show when={error()}>
        {(one) => (
          <>
            <Badge tone="bad">{t('bulk.refused')}</Badge>
            <p class="w-full text-sm break-words text-bad">{one().text}</p>
          </>
        )}
      </Show>
    </>
  );
}
