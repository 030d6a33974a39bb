// Making a virtual machine of a file that describes one, or of a disk image: what it will be, and where its disks go.
import { useNavigate } from '@solidjs/router';
import { createEffect, createSignal, on, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createBridgeChoices, createFileChoices, keepAmong } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import { BoundCheck, BoundNumber, BoundSelect, BoundText, refusing } from '../../components/bound-field.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Skeleton } from '../../components/panel.tsx';
import { checkImport, type ImportForm, importParams, nameOf } from '../../forms/import-vm.ts';
import { t } from '../../i18n/index.ts';
import { guestOf } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { fillNextId } from '../create-guest/new-guest.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { bridgeChoice, Columns, fileChoice } from '../guest/form-group.tsx';
import { StorageField } from '../guest/storage-field.tsx';
import { ImportReport } from './import-report.tsx';

/** `volid`: the file, when it is known already. */
export default function ImportDialog(props: { node: string; volid?: string; onClose: () => void }) {
  const navigate = useNavigate();
  const [volid, setVolid] = createSignal(props.volid ?? '');
  const files = createFileChoices(() => (props.volid === undefined ? props.node : ''), 'import');
  const found = createQuery(
    () => volid() !== '' && { node: props.node, volume: volid() },
    ({ node, volume }) =>
      api('GET /nodes/{node}/storage/{storage}/import-metadata', {
        node,
        storage: volume.slice(0, volume.indexOf(':')),
        volume,
      }),
  );
  /** Not that of the file before. */
  const description = () => (found.loading() ? undefined : found.data());
  const checked = createCheckedForm<ImportForm>(
    { name: '', vmid: '', storage: '', bridge: '', start: false },
    (form) => checkImport(form, (vmid) => guestOf(vmid) !== undefined),
  );
  const { form, set } = checked;
  fillNextId(
    () => form.vmid,
    (vmid) => set({ vmid }),
  );
  const bridges = createBridgeChoices(() => props.node);
  keepAmong(
    () => bridges()?.map((one) => one.iface),
    () => form.bridge,
    (bridge) => set({ bridge }),
  );
  const reason = () => {
    if (description()) return undefined;
    if (volid() === '') return t('vmImport.chooseFirst');
    return t(found.error() ? 'vmImport.unreadable' : 'common.wait');
  };
  createEffect(on(found.data, (data) => data && set({ name: nameOf(data) })));

  return (
    <FormDialog
      wide
      title={t('vmImport.title')}
      action={t('vmImport.submit')}
      reason={reason()}
      check={checked.check}
      fields={['name', 'vmid']}
      run={async () => {
        const of = description();
        if (!of) return;
        watchTask(await api('POST /nodes/{node}/qemu', importParams(props.node, form, of)));
        navigate(`/vms/${form.vmid}`);
      }}
      onClose={props.onClose}
    >
      {(refused) => {
        const of = refusing(checked, refused);
        return (
          <>
            <Show
              when={props.volid === undefined}
              fallback={<p class="font-mono text-sm break-all text-muted">{props.volid}</p>}
            >
              <SelectField
                label={t('vmImport.file')}
                value={volid()}
                onValue={setVolid}
                none={t('create.chooseImage')}
                choices={(files.data() ?? []).map(fileChoice)}
                hint={t(files.data()?.length === 0 ? 'vmImport.noFiles' : 'vmImport.fileHint')}
              />
            </Show>
            <ErrorNote error={found.error()} title={t('vmImport.unreadable')} retry={found.reload} />
            <Show when={found.loading()}>
              <Skeleton lines={4} />
            </Show>
            <Show when={description()}>
              {(data) => (
                <>
                  <Columns>
                    <BoundText of={of} name="name" label={t('create.name')} span={4} />
                    <BoundNumber of={of} name="vmid" label={t('create.vmid')} span={2} />
                    <StorageField
                      of={of}
                      node={props.node}
                      content="images"
                      label={t('create.diskStorage')}
                      span={3}
                      hint={t('vmImport.storageHint')}
                    />
                    <BoundSelect
                      of={of}
                      name="bridge"
                      label={t('create.bridge')}
                      span={3}
                      none={t('ct.nic.nothing')}
                      choices={(bridges() ?? []).map(bridgeChoice)}
                      hint={t('vmImport.bridgeHint')}
                    />
                  </Columns>
                  <BoundCheck of={of} name="start" label={t('create.start')} />
                  <ImportReport of={data()} />
                </>
              )}
            </Show>
          </>
        );
      }}
    </FormDialog>
  );
}
