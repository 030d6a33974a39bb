// Making a directory, a volume group or a thin pool on a disk or partition that holds nothing.
import { createSignal, Show } from 'solid-js';
import type { DiskItem } from '../../../server/contract/node-disks.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { CheckField, SelectField, TextField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { DiskContentsNote } from './disk-contents.tsx';
import { diskName } from './disk-tree.ts';

/** As the API calls what can be made. */
export type DiskPlace = 'directory' | 'lvm' | 'lvmthin';

interface CreateOnDiskProps {
  node: string;
  place: DiskPlace;
  /** Those that are free; at least one. */
  devices: readonly DiskItem[];
  /** Chosen at first. */
  device: string | undefined;
  onClose: () => void;
}

const nameRule = /^[a-z][a-z0-9._-]{0,98}[a-z0-9]$/i;

export function CreateOnDiskDialog(props: CreateOnDiskProps) {
  const [device, setDevice] = createSignal(props.device ?? props.devices[0]?.devpath ?? '');
  const [name, setName] = createSignal('');
  const [fileSystem, setFileSystem] = createSignal<'ext4' | 'xfs'>('ext4');
  const [addStorage, setAddStorage] = createSignal(true);
  const [checked, setChecked] = createSignal(false);
  const query = createQuery(
    () => device() !== '' && { node: props.node, disk: device() },
    (from) => api('GET /nodes/{node}/disks/contents', from),
  );
  const contents = () => (query.data()?.disk === device() ? query.data() : undefined);
  const nameProblem = () =>
    checked() && !nameRule.test(name().trim()) ? t('nodeDisks.nameRule') : undefined;
  const reason = () => {
    if (query.error()) return undefined;
    return contents() ? undefined : t('common.wait');
  };

  async function create(): Promise<void> {
    const given = {
      ...{ node: props.node, device: device(), name: name().trim(), add_storage: addStorage() },
      expected: contents()?.identity,
    };
    const ask = {
      directory: () => api('POST /nodes/{node}/disks/directory', { ...given, filesystem: fileSystem() }),
      lvm: () => api('POST /nodes/{node}/disks/lvm', given),
      lvmthin: () => api('POST /nodes/{node}/disks/lvmthin', given),
    };
    watchTask(await ask[props.place]());
  }

  return (
    <FormDialog
      title={t(`nodeDisks.create.${props.place}`)}
      description={t(`nodeDisks.about.${props.place}`)}
      action={t('nodeDisks.make')}
      reason={reason()}
      check={() => {
        setChecked(true);
        return nameRule.test(name().trim());
      }}
      run={create}
      onClose={props.onClose}
      fields={['name', 'device']}
    >
      {(refused) => (
        <>
          <SelectField
            label={t('nodeDisks.device')}
            value={device()}
            onValue={setDevice}
            choices={props.devices.map((one) => ({
              value: one.devpath,
              label: [one.devpath, diskName(one), bytes(one.size)].filter((text) => text !== '').join(' · '),
            }))}
            error={refused('device')}
          />
          <ErrorNote error={query.error()} retry={query.reload} />
          <Show when={contents()}>{(found) => <DiskContentsNote contents={found()} />}</Show>
          <TextField
            label={t('nodeDisks.name')}
            hint={props.place === 'directory' ? t('nodeDisks.nameHint') : undefined}
            value={name()}
            onValue={setName}
            error={nameProblem() ?? refused('name')}
          />
          <Show when={props.place === 'directory'}>
            <SelectField
              label={t('nodeDisks.fileSystem')}
              value={fileSystem()}
              onValue={(value) => setFileSystem(value === 'xfs' ? 'xfs' : 'ext4')}
              choices={[
                { value: 'ext4', label: 'ext4' },
                { value: 'xfs', label: 'XFS' },
              ]}
            />
          </Show>
          <CheckField
            label={t('nodeDisks.addStorage')}
            hint={t('nodeDisks.addStorageHint')}
            checked={addStorage()}
            onValue={setAddStorage}
          />
        </>
      )}
    </FormDialog>
  );
}
