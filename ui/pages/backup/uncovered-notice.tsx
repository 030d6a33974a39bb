// The guests that no job backs up, and the way to a job for them.
import { A } from '@solidjs/router';
import ShieldAlert from 'lucide-solid/icons/shield-alert';
import { createSignal, For, Show } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/panel.tsx';
import { tn } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { hrefOf } from '../../shell/tree-model.ts';
import type { NotBackedUp } from './backup-data.ts';
import { guestName } from './job-words.ts';

const mostShown = 8;

/** Nothing when every guest is taken care of. */
export function UncoveredNotice(props: {
  guests: readonly NotBackedUp[];
  reason: string | undefined;
  onMake: (vmids: readonly number[]) => void;
}) {
  const [all, setAll] = createSignal(false);
  const shown = () => (all() ? props.guests : props.guests.slice(0, mostShown));
  /** Templates do not change any more. */
  const urgent = () => props.guests.some(({ vmid }) => guestOf(vmid)?.template !== 1);
  const rest = () => props.guests.length - shown().length;
  return (
    <Show when={props.guests.length > 0}>
      <Notice tone={urgent() ? 'warn' : 'accent'} icon={<ShieldAlert size={16} />}>
        <div class="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
          <div class="min-w-0 flex-1 basis-64">
            <p class="font-medium">{tn('backupJob.uncovered', props.guests.length)}</p>
            <ul class="flex flex-wrap gap-x-3 gap-y-0.5 pt-1">
              <For each={shown()}>
                {(guest) => (
                  <li class="min-w-0 [overflow-wrap:anywhere]">
                    <Show when={guestOf(guest.vmid)} fallback={guestName(guest.vmid, guest.name)}>
                      {(item) => (
                        <A href={hrefOf(item())} class="hover:underline">
                          {guestName(guest.vmid, guest.name)}
                        </A>
                      )}
                    </Show>
                  </li>
                )}
              </For>
              <Show when={rest() > 0}>
                <li>
                  <button type="button" class="text-accent hover:underline" onClick={() => setAll(true)}>
                    {tn('backupJob.uncoveredMore', rest())}
                  </button>
                </li>
              </Show>
            </ul>
          </div>
          <Button reason={props.reason} onClick={() => props.onMake(props.guests.map(({ vmid }) => vmid))}>
            {tn('backupJob.cover', props.guests.length)}
          </Button>
        </div>
      </Notice>
    </Show>
  );
}
