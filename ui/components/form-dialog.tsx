// A dialog that is a form: fields, what is wrong, and a button that does it and closes.
import { createUniqueId, type JSX, Show } from 'solid-js';
import type { ApiError } from '../api/errors.ts';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';
import { createSubmission } from './submission.ts';

interface FormDialogProps {
  title: string;
  description?: string;
  /** The verb on the button. */
  action: string;
  /** What is done cannot come back. */
  danger?: boolean;
  wide?: boolean;
  /** Why it cannot be done as it is. */
  reason?: string | undefined;
  /** Looks at the fields before anything is sent; false keeps the dialog open, which then shows what is wrong. */
  check?: () => boolean;
  run: () => Promise<void>;
  onClose: () => void;
  /** Parameters whose errors are shown at their own fields. */
  fields?: readonly string[];
  /** What the dialog holds; given what the daemon said of a parameter. */
  children: (refused: (parameter: string) => string | undefined) => JSX.Element;
}

export function FormDialog(props: FormDialogProps) {
  const formId = createUniqueId();
  const { busy, error, submit } = createSubmission(() => props.run());

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy() || props.reason !== undefined || props.check?.() === false) return;
    if (await submit()) props.onClose();
  }
  /** What is said at fields is not said again below them. */
  const besideFields = (failed: ApiError | undefined) => {
    const names = Object.keys(failed?.fields ?? {});
    return names.length > 0 && names.every((name) => props.fields?.includes(name)) ? undefined : failed;
  };

  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.title}
      {...(props.description === undefined ? {} : { description: props.description })}
      wide={props.wide ?? false}
      closable={!busy()}
      footer={
        <>
          <Button onClick={props.onClose} disabled={busy()}>
            {t('common.cancel')}
          </Button>
          <Button
            look={props.danger ? 'danger-solid' : 'primary'}
            type="submit"
            form={formId}
            busy={busy()}
            reason={props.reason}
          >
            {props.action}
          </Button>
        </>
      }
    >
      <form id={formId} class="flex flex-col gap-4" novalidate onSubmit={(event) => void save(event)}>
        {props.children((parameter) => error()?.fields[parameter])}
        <Show when={besideFields(error())}>
          {(failed) => <ErrorNote error={failed()} shown={props.fields ?? []} />}
        </Show>
      </form>
    </Dialog>
  );
}
