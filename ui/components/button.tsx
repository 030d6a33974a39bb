// Buttons: one look for all, with a reason instead of silence when they cannot be pressed.
import { type JSX, Show, splitProps } from 'solid-js';

type Look = 'primary' | 'plain' | 'ghost' | 'danger' | 'danger-solid';

const looks: Readonly<Record<Look, string>> = {
  primary: 'border-transparent bg-accent text-on-accent enabled:hover:bg-accent-strong',
  plain: 'border-line bg-surface text-text enabled:hover:bg-hover',
  ghost: 'border-transparent text-muted enabled:hover:bg-hover enabled:hover:text-text',
  danger: 'border-line bg-surface text-bad enabled:hover:bg-bad-soft',
  'danger-solid': 'border-transparent bg-bad-strong text-surface enabled:hover:opacity-90',
};

const shape =
  'control inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border text-sm font-medium whitespace-nowrap transition-colors select-none aria-disabled:opacity-45 disabled:opacity-45';

export interface ButtonProps extends JSX.ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: JSX.Element;
  /** Why it cannot be pressed now; it stays reachable by keyboard so that the reason can be read. */
  reason?: string | undefined;
  busy?: boolean;
}

/** A button with a text. */
export function Button(props: ButtonProps) {
  const [own, rest] = splitProps(props, [
    'look',
    'icon',
    'reason',
    'busy',
    'class',
    'children',
    'onClick',
    'title',
  ]);
  return (
    <button
      type="button"
      {...rest}
      class={`${shape} ${looks[own.look ?? 'plain']} px-3 ${own.class ?? ''}`}
      aria-disabled={own.reason !== undefined || own.busy ? 'true' : undefined}
      aria-busy={own.busy ? 'true' : undefined}
      title={own.reason ?? own.title}
      onClick={(event) => {
        if (own.reason !== undefined || own.busy) {
          event.preventDefault();
          return;
        }
        if (typeof own.onClick === 'function') own.onClick(event);
      }}
    >
      <Show when={own.busy} fallback={own.icon}>
        <Spinner />
      </Show>
      {own.children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'icon'> {
  /** Its name for screen readers and as tooltip. */
  label: string;
  small?: boolean;
}

/** A button that is only a sign. */
export function IconButton(props: IconButtonProps) {
  const [own, rest] = splitProps(props, ['label', 'small', 'class', 'children', 'look', 'reason', 'onClick']);
  return (
    <button
      type="button"
      {...rest}
      class={`${own.small ? 'inline-flex size-7 shrink-0 items-center justify-center rounded-md border transition-colors aria-disabled:opacity-45 pointer-coarse:size-10' : `${shape} aspect-square p-0`} ${looks[own.look ?? 'ghost']} ${own.class ?? ''}`}
      aria-label={own.label}
      aria-disabled={own.reason !== undefined ? 'true' : undefined}
      title={own.reason === undefined ? own.label : `${own.label} – ${own.reason}`}
      onClick={(event) => {
        if (own.reason === undefined && typeof own.onClick === 'function') own.onClick(event);
      }}
    >
      {own.children}
    </button>
  );
}

/** A small turning ring; decoration only. */
export function Spinner() {
  return (
    <svg class="size-4 shrink-0 animate-spin" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <circle cx="8" cy="8" r="6" stroke="currentColor" stroke-opacity="0.3" stroke-width="2" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
    </svg>
  );
}
