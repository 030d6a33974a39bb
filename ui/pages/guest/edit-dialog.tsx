// The frame of every dialog that changes a part of a guest's configuration.
import { createUniqueId, type JSX } from 'solid-js';
import { type ConfigChange, changeConfig } from '../../api/guests.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { createSubmission } from '../../components/submission.ts';
import { t } from '../../i18n/index.ts';
import { useGuest } from './guest-context.ts';

interface EditDialogProps {
  title: string;
  /** The parameter whose error is shown at the field. */
  field: string;
  /** More parameters whose errors are shown at fields of their own. */
  fields?: readonly string[];
  /** What the verb on the button is, unless it is to save. */
  action?: string;
  wide?: boolean;
  /** Why it cannot be saved as it is. */
  reason?: string | undefined;
  /** Looks at the fields before anything is sent; false keeps the dialog open, which then shows what is wrong. */
  check?: () => boolean;
  onClose: () => void;
  change: () => ConfigChange;
  /** How the change is made; by default the settings are written and waited for. */
  save?: (change: ConfigChange) => Promise<void>;
  children: (fieldError: (field?: string) => string | undefined) => JSX.Element;
}

/** A dialog that changes a part of the guest's configuration. */
export function EditDialog(props: EditDialogProps) {
  const guest = useGuest();
  const formId = createUniqueId();
  const { busy, error, submit } = createSubmission(async () => {
    const change = props.change();
    await guest.change(() => props.save?.(change) ?? changeConfig(guest.kind, guest.place(), change));
  });
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy() || props.reason !== undefined || props.check?.() === false) return;
    if (!(await submit())) return;
    props.onClose();
  }
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.title}
      wide={props.wide ?? false}
      closable={!busy()}
      footer={
        <>
          <Button onClick={props.onClose} disabled={busy()}>
            {t('common.cancel')}
          </Button>
          <Button look="primary" type="submit" form={formId} busy={busy()} reason={props.reason}>
            {props.action ?? t('common.save')}
          </Button>
        </>
      }
    >
      <form id={formId} class="flex flex-col gap-4" onSubmit={(event) => void save(event)}>
        {props.children((field) => error()?.fields[field ?? props.field])}
        <ErrorNote error={error()} shown={[props.field, ...(props.fields ?? [])]} />
      </form>
    </Dialog>
  );
}
