// The dialogs that mount a volume or a folder of the node in a container, and change how.
import { Show } from 'solid-js';
import { BoundNumber, BoundText, refusing } from '../../components/bound-field.tsx';
import { type CtDevice, freeCtKey, mountTargets } from '../../forms/ct-config.ts';
import {
  addedMount,
  changedMount,
  checkMount,
  type MountForm,
  newMount,
  readMount,
  sourceOf,
} from '../../forms/ct-mount.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { parseProperties } from '../../forms/property-string.ts';
import { t } from '../../i18n/index.ts';
import { createCheckedForm } from '../guest/checked-form.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { type GuestContext, useGuest } from '../guest/guest-context.ts';
import { StorageField } from '../guest/storage-field.tsx';
import { MountFlags, MountOwners, MountTarget } from './mount-fields.tsx';

const linesOf = (ct: GuestContext) => ct.config.data() ?? [];
const freeMountKey = (ct: GuestContext) => freeCtKey('mp', linesOf(ct));
const isUnprivileged = (ct: GuestContext) => settingOf(linesOf(ct), 'unprivileged').current === '1';

/** Adds a mount point: a new volume, or a folder of the node. */
export function AddMountDialog(props: { source: 'volume' | 'bind'; onClose: () => void }) {
  const ct = useGuest();
  const checked = createCheckedForm<MountForm>({ ...newMount(), source: props.source }, (form) =>
    checkMount(form, mountTargets(linesOf(ct)), true),
  );
  const bind = props.source === 'bind';
  return (
    <EditDialog
      title={t(bind ? 'ct.addBind' : 'ct.addVolume')}
      action={t('ct.mountAgain')}
      field={freeMountKey(ct) ?? ''}
      reason={freeMountKey(ct) === undefined ? t('vmDevice.allTaken') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [freeMountKey(ct) ?? '']: addedMount(checked.form, isUnprivileged(ct)) })}
    >
      {(error) => {
        const form = refusing(checked, (name) =>
          name === (bind ? 'folder' : 'target') ? error() : undefined,
        );
        return (
          <>
            <Show
              when={bind}
              fallback={
                <div class="grid items-start gap-4 sm:grid-cols-[1fr_8rem]">
                  <StorageField
                    of={form}
                    node={ct.place().node}
                    content="rootdir"
                    label={t('ct.mount.storage')}
                  />
                  <BoundNumber of={form} name="sizeGiB" label={t('ct.mount.size')} suffix="GiB" />
                </div>
              }
            >
              <BoundText
                of={form}
                name="folder"
                label={t('ct.mount.folder')}
                hint={t('ct.mount.folderHint')}
                mono
                autofocus
              />
            </Show>
            <MountTarget of={form} />
            <Show when={bind}>
              <MountOwners of={form} unprivileged={isUnprivileged(ct)} />
            </Show>
            <MountFlags of={form} volume={!bind} mount />
          </>
        );
      }}
    </EditDialog>
  );
}

/** Changes how the root, a volume or a folder is mounted. */
export function EditMountDialog(props: { device: CtDevice; onClose: () => void }) {
  const ct = useGuest();
  const { device } = props;
  const before = device.wanted ?? device.current ?? parseProperties('');
  const root = device.kind === 'root';
  const bind = device.kind === 'bind';
  const checked = createCheckedForm<MountForm>(readMount(before), (form) =>
    root ? {} : checkMount(form, mountTargets(linesOf(ct), device.key), false),
  );
  return (
    <EditDialog
      title={t('options.editOne', { what: device.key })}
      field={device.key}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({ [device.key]: changedMount(checked.form, before, root ? 'root' : 'mount') })}
    >
      {(error) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{sourceOf(before)}</p>
          <Show when={!root}>
            <MountTarget of={refusing(checked, () => error())} />
          </Show>
          <Show when={bind}>
            <MountOwners of={checked} unprivileged={isUnprivileged(ct)} />
          </Show>
          <MountFlags of={checked} volume={!bind} mount={!root} />
        </>
      )}
    </EditDialog>
  );
}

/** Mounts an unused volume. */
export function MountAgainDialog(props: { device: CtDevice; onClose: () => void }) {
  const ct = useGuest();
  const source = sourceOf(props.device.wanted ?? props.device.current ?? parseProperties(''));
  const checked = createCheckedForm<MountForm>(newMount(), (form) =>
    checkMount(form, mountTargets(linesOf(ct)), false),
  );
  return (
    <EditDialog
      title={t('ct.mountAgainTitle', { what: props.device.key })}
      action={t('ct.mountAgain')}
      field={freeMountKey(ct) ?? ''}
      reason={freeMountKey(ct) === undefined ? t('vmDevice.allTaken') : undefined}
      onClose={props.onClose}
      check={checked.check}
      change={() => ({
        [freeMountKey(ct) ?? '']: changedMount(checked.form, parseProperties(source), 'mount'),
      })}
    >
      {(error) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{source}</p>
          <MountTarget of={refusing(checked, () => error())} />
          <MountFlags of={checked} volume mount />
        </>
      )}
    </EditDialog>
  );
}
