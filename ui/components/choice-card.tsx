// One of a few things to choose from, as a card: a radio button with room for words, or what leads elsewhere.
import ArrowRight from 'lucide-solid/icons/arrow-right';
import { type JSX, Show } from 'solid-js';

interface ChoiceCardProps {
  /** The group's name: cards of one name exclude each other. */
  name: string;
  chosen: boolean;
  onChoose: () => void;
  title: JSX.Element;
  text?: JSX.Element;
  /** Why it cannot be chosen now. */
  reason?: string | undefined;
  children?: JSX.Element;
}

export const cardLook =
  'flex h-full gap-3 rounded-md border px-3.5 py-3 text-sm transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent';

export function ChoiceCard(props: ChoiceCardProps) {
  return (
    <label
      class={`${cardLook} ${props.reason ? 'cursor-not-allowed text-muted' : 'cursor-pointer'} ${props.chosen ? 'border-accent bg-accent-soft' : `border-line ${props.reason ? '' : 'hover:bg-hover'}`}`}
    >
      <input
        type="radio"
        class="mt-0.5 size-4 shrink-0 accent-accent outline-none pointer-coarse:size-5"
        name={props.name}
        checked={props.chosen}
        disabled={props.reason !== undefined}
        onChange={() => props.onChoose()}
      />
      <span class="flex min-w-0 flex-1 flex-col gap-0.5">
        <span class="font-medium">{props.title}</span>
        <Show when={props.reason ?? props.text}>
          <span class="text-muted [overflow-wrap:anywhere]">{props.reason ?? props.text}</span>
        </Show>
        {props.children}
      </span>
    </label>
  );
}

/** Beside such cards, what leads elsewhere at once: a button, which arrow keys among the choices do not press. */
export function LeadCard(props: { onLead: () => void; title: JSX.Element; text: JSX.Element }) {
  return (
    <button
      type="button"
      class={`${cardLook} cursor-pointer border-line text-start outline-none hover:bg-hover focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-accent`}
      onClick={() => props.onLead()}
    >
      <ArrowRight class="mt-0.5 size-4 shrink-0 text-muted pointer-coarse:size-5" aria-hidden="true" />
      <span class="flex min-w-0 flex-1 flex-col gap-0.5">
        <span class="font-medium">{props.title}</span>
        <span class="text-muted [overflow-wrap:anywhere]">{props.text}</span>
      </span>
    </button>
  );
}
