// Asking before something is destroyed; what cannot come back asks for its name to be typed.
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js';
import { asApiError } from '../api/errors.ts';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';
import { TextField } from './field.tsx';

interface ConfirmDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: JSX.Element;
  /** The verb on the button. */
  action: string;
  /** What must be typed; without it one press is enough. */
  typed?: string;
  /** Why it cannot be done now. */
  reason?: string | undefined;
  onConfirm: () => Promise<void>;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const [text, setText] = createSignal('');
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  createEffect(
    on(
      () => props.open,
      () => {
        setText('');
        setError(undefined);
      },
    ),
  );
  const typed = () => props.typed === undefined || text().trim() === props.typed;
  const refusal = () =>
    props.reason ?? (typed() ? undefined : t('confirm.typeFirst', { text: props.typed ?? '' }));

  async function confirm(): Promise<void> {
    if (refusal() !== undefined || busy()) return;
    setBusy(true);
    setError(undefined);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={props.title}
      closable={!busy()}
      footer={
        <>
          <Button onClick={props.onClose} disabled={busy()}>
            {t('common.cancel')}
          </Button>
          <Button look="danger-solid" busy={busy()} reason={refusal()} onClick={() => void confirm()}>
            {props.action}
          </Button>
        </>
      }
    >
      <form
        class="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <div class="text-base">{props.children}</div>
        <Show when={props.typed}>
          {(typed) => (
            <TextField label={t('confirm.type', { text: typed() })} value={text()} onValue={setText} mono />
          )}
        </Show>
        <ErrorNote error={error()} />
      </form>
    </Dialog>
  );
}
