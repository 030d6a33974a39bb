// A dialog of two steps that makes something: what it is to have, then what it will be; and asking for it.
import { createSignal, createUniqueId, type JSX, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';
import { createSubmission } from './submission.ts';

interface WizardProps {
  title: string;
  onClose: () => void;
  /** Looks at the fields before the review; false keeps them, and the first that is wrong gets the focus. */
  check: () => boolean;
  /** Why there is nothing to review yet. */
  reason?: string | undefined;
  /** Asks for it. What it throws leads back to the fields. */
  submit: () => Promise<void>;
  /** Parameters whose errors are shown at fields of their own. */
  shown: readonly string[];
  /** The fields; `refused` has the daemon's words on a parameter. */
  children: (refused: (param: string) => string | undefined) => JSX.Element;
  review: JSX.Element;
  /** What was asked for goes on without the dialog, which may be closed meanwhile. */
  mayLeave?: boolean;
}

export function Wizard(props: WizardProps) {
  const formId = createUniqueId();
  const [step, setStep] = createSignal<'form' | 'review'>('form');
  const { busy, error, submit } = createSubmission(() => props.submit());
  let top: HTMLDivElement | undefined;
  /** Each step is read from its beginning, wherever the one before was left. */
  function show(next: 'form' | 'review'): void {
    setStep(next);
    queueMicrotask(() => top?.scrollIntoView());
  }

  function review(event: Event): void {
    event.preventDefault();
    if (props.reason !== undefined) return;
    if (props.check()) show('review');
    else queueMicrotask(focusWrong);
  }

  async function create(): Promise<void> {
    if ((await submit()) || error() === undefined) return;
    show('form');
    queueMicrotask(focusWrong);
  }

  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      closable={!busy() || (props.mayLeave ?? false)}
      title={props.title}
      description={step() === 'form' ? t('create.step1') : t('create.step2')}
      footer={
        <Show
          when={step() === 'form'}
          fallback={
            <>
              <Button onClick={() => show('form')} disabled={busy()}>
                {t('common.back')}
              </Button>
              <Button look="primary" busy={busy()} onClick={() => void create()}>
                {t('create.submit')}
              </Button>
            </>
          }
        >
          <Button onClick={props.onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form={formId} reason={props.reason}>
            {t('create.review')}
          </Button>
        </Show>
      }
    >
      <div ref={top} class="scroll-mt-4">
        <Show when={step() === 'form'} fallback={props.review}>
          <form id={formId} class="flex flex-col gap-5" onSubmit={review}>
            <ErrorNote error={error()} shown={props.shown} />
            {props.children((param) => error()?.fields[param])}
          </form>
        </Show>
      </div>
    </Dialog>
  );
}

/** To the first field that is said to be wrong, with what is said below it in sight. */
function focusWrong(): void {
  const field = document.querySelector<HTMLElement>('[role=dialog] [aria-invalid]');
  field?.focus();
  field?.scrollIntoView({ block: 'center' });
}
