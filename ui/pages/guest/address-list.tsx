// The addresses of a guest, each to be copied.
import { For } from 'solid-js';
import { CopyButton } from '../../components/copy-button.tsx';

export function AddressList(props: { addresses: readonly string[] }) {
  return (
    <ul>
      <For each={props.addresses}>
        {(one) => (
          <li class="-my-0.5 flex items-center gap-1 first:-mt-1 last:-mb-1">
            <span class="break-all">{one}</span>
            <CopyButton text={one} />
          </li>
        )}
      </For>
    </ul>
  );
}
