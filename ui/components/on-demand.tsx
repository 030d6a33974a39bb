// A button whose menu or popover is loaded when somebody is about to open it: it looks and says the same before and after.
import { type Component, createEffect, createSignal, type JSX, Show, untrack } from 'solid-js';
import { t } from '../i18n/index.ts';
import { toast } from './toasts.tsx';

/** What the button is, before as a plain one and then as the trigger of what it opens. */
export interface Face {
  class: string;
  'aria-label': string;
  title?: string | undefined;
  disabled?: boolean | undefined;
  ref?: (button: HTMLElement) => void;
  children: JSX.Element;
}

interface OnDemandProps extends Omit<Face, 'ref'> {
  popup: 'menu' | 'dialog';
  /** Answers the component whose trigger has the face; asked again after a failure. */
  load: () => Promise<{ default: Component<Face> }>;
  /** Somebody else says when it is open, and is told when the button is pressed; else the component keeps that itself. */
  open?: boolean;
  onOpen?: () => void;
}

/** The keys that open a menu, as its own trigger has them. */
const menuKeys = ['Enter', ' ', 'ArrowDown', 'ArrowUp'];

export function OnDemand(props: OnDemandProps) {
  const [real, setReal] = createSignal<Component<Face>>();
  const [loading, setLoading] = createSignal(false);
  let plain: HTMLButtonElement | undefined;
  let trigger: HTMLElement | undefined;
  // A failure is told when it is opened.
  const prefetch = () => void props.load().catch(() => {});

  async function show(key?: string): Promise<void> {
    if (loading()) return;
    setLoading(true);
    try {
      const loaded = (await props.load()).default;
      const hadFocus = document.activeElement === plain;
      setReal(() => loaded);
      if (props.onOpen !== undefined) return;
      if (hadFocus) trigger?.focus();
      // The trigger does what it does with the very thing that was done to the plain button.
      trigger?.dispatchEvent(
        key === undefined
          ? new PointerEvent('pointerdown', { bubbles: true, cancelable: true, pointerType: 'mouse' })
          : new KeyboardEvent('keydown', { bubbles: true, cancelable: true, key }),
      );
    } catch {
      toast('bad', t('error.unreachable'));
    } finally {
      setLoading(false);
    }
  }

  createEffect(() => {
    // Not again by itself when that has failed.
    if (props.open && !real()) void untrack(() => show());
  });

  function press(event: Event, key?: string): void {
    event.preventDefault();
    if (props.onOpen) props.onOpen();
    // It was asked for before, and could not be loaded.
    if (!props.onOpen || props.open) void show(key);
  }

  return (
    <Show
      when={real()}
      keyed
      fallback={
        <button
          ref={plain}
          type="button"
          class={props.class}
          aria-label={props['aria-label']}
          title={props.title}
          disabled={props.disabled}
          aria-haspopup={props.popup === 'menu' ? 'true' : 'dialog'}
          aria-expanded="false"
          aria-busy={loading() ? 'true' : undefined}
          onPointerEnter={prefetch}
          onFocus={prefetch}
          onKeyDown={(event) => {
            if (props.popup === 'menu' && menuKeys.includes(event.key)) press(event, event.key);
          }}
          onClick={(event) => press(event)}
        >
          {props.children}
        </button>
      }
    >
      {(Real) => (
        <Real
          class={props.class}
          aria-label={props['aria-label']}
          title={props.title}
          disabled={props.disabled}
          ref={(button) => {
            trigger = button;
          }}
        >
          {props.children}
        </Real>
      )}
    </Show>
  );
}
