// A guest by its number and name, as a link to its page; only the number where it is not to be seen.
import { A } from '@solidjs/router';
import { Show } from 'solid-js';
import { guestOf } from '../live/store.ts';
import { hrefOf } from '../shell/tree-model.ts';

export function GuestLink(props: { vmid: number | undefined; tab?: number }) {
  const item = () => (props.vmid === undefined ? undefined : guestOf(props.vmid));
  return (
    <Show when={item()} fallback={<span class="num text-muted">{props.vmid}</span>}>
      {(one) => (
        <A href={hrefOf(one())} tabindex={props.tab} class="text-accent hover:underline">
          {props.vmid} {one().name}
        </A>
      )}
    </Show>
  );
}
