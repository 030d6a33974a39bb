// One of a few things to choose from, as a card: a radio button with room for words.
import { type JSX, Show } from 'solid-js';

interface ChoiceCardProps {
  /** The group's name: cards of one name exclude each other. */
  name: string;
  chosen: boolean;
  onChoose: () => void;
  title: JSX.Element;
  text?: JSX.Element;
  children?: JSX.Element;
}

export const cardLook =
  'flex h-full gap-3 rounded-md border px-3.5 py-3 text-sm transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent';

export function ChoiceCard(props: ChoiceCardProps) {
  return (
    <label
      class={`${cardLook} cursor-pointer ${props.chosen ? 'border-accent bg-accent-soft' : 'border-line hover:bg-hover'}`}
    >
      <input
        type="radio"
        class="mt-0.5 size-4 shrink-0 accent-accent outline-none pointer-coarse:size-5"
        name={props.name}
        checked={props.chosen}
        onChange={() => props.onChoose()}
      />
      <span class="flex min-w-0 flex-1 flex-col gap-0.5">
        <span class="font-medium">{props.title}</span>
        <Show when={props.text}>
          <span class="text-muted">{props.text}</span>
        </Show>
        {props.children}
      </span>
    </label>
  );
}
