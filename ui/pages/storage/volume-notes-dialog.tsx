// What people write about a volume, and whether it is kept from being removed.
import { createSignal } from 'solid-js';
import { api } from '../../api/client.ts';
import { CheckField, TextArea } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { t } from '../../i18n/index.ts';
import type { ListedVolume } from './volume-columns.tsx';

export default function VolumeNotesDialog(props: {
  node: string;
  storage: string;
  volume: ListedVolume;
  onClose: () => void;
  onSaved: () => void;
}) {
  const before = { notes: props.volume.notes ?? '', isProtected: props.volume.protected === 1 };
  const [notes, setNotes] = createSignal(before.notes);
  const [isProtected, setProtected] = createSignal(before.isProtected);

  async function save(): Promise<void> {
    // Only what was changed: each takes a right of its own.
    const change = {
      ...(notes() === before.notes ? {} : { notes: notes() }),
      ...(isProtected() === before.isProtected ? {} : { protected: isProtected() }),
    };
    if (Object.keys(change).length === 0) return;
    await api('PUT /nodes/{node}/storage/{storage}/content/{volume}', {
      node: props.node,
      storage: props.storage,
      volume: props.volume.volid,
      ...change,
    });
    props.onSaved();
  }

  return (
    <FormDialog
      title={t('volume.notesTitle')}
      action={t('common.save')}
      run={save}
      onClose={props.onClose}
      fields={['notes', 'protected']}
    >
      {(refused) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{props.volume.volid}</p>
          <TextArea
            label={t('content.notes')}
            rows={6}
            value={notes()}
            onValue={setNotes}
            error={refused('notes')}
          />
          <CheckField
            label={t('volume.protect')}
            hint={t('volume.protectHint')}
            checked={isProtected()}
            onValue={setProtected}
            error={refused('protected')}
          />
        </>
      )}
    </FormDialog>
  );
}
