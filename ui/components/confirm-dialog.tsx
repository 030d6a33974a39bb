// Asking before something is destroyed; what cannot come back asks for its name to be typed.
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';
import { TextField } from './field.tsx';
import { createSubmission } from './submission.ts';

interface ConfirmDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: JSX.Element;
  /** The verb on the button. */
  action: string;
  /** What must be typed; without it one press is enough. */
  typed?: string;
  /** Nothing is lost by it: its button is not red. */
  calm?: boolean;
  /** Why it cannot be done now. */
  reason?: string | undefined;
  onConfirm: () => Promise<void>;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const [text, setText] = createSignal('');
  const { busy, error, submit, forget } = createSubmission(() => props.onConfirm());
  createEffect(
    on(
      () => props.open,
      () => {
        setText('');
        forget();
      },
    ),
  );
  const typed = () => props.typed === undefined || text().trim() === props.typed;
  const refusal = () =>
    props.reason ?? (typed() ? undefined : t('confirm.typeFirst', { text: props.typed ?? '' }));

  async function confirm(): Promise<void> {
    if (refusal() === undefined && (await submit())) props.onClose();
  }

  return (
    <Dialog
      open={props.open}
      onClose={props.onClose}
      title={props.title}
      closable={!busy()}
      footer={
        <>
          {/* Where nothing is to be typed, this has the focus: a key pressed too often does no harm. */}
          <Button onClick={props.onClose} disabled={busy()} autofocus>
            {t('common.cancel')}
          </Button>
          <Button
            look={props.calm ? 'primary' : 'danger-solid'}
            busy={busy()}
            reason={refusal()}
            onClick={() => void confirm()}
          >
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
            <TextField
              label={t('confirm.type', { text: typed() })}
              value={text()}
              onValue={setText}
              mono
              autofocus
            />
          )}
        </Show>
        <ErrorNote error={error()} />
      </form>
    </Dialog>
  );
}
