// Removing a volume: what it is, what uses it, what is lost.
import { A } from '@solidjs/router';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { createResource, For, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { Spinner } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import { t, tn } from '../../i18n/index.ts';
import { guestOf, guests, live } from '../../live/store.ts';
import { watchTask } from '../../live/watched.ts';
import { hrefOf } from '../../shell/tree-model.ts';
import { volumeName } from './content-kinds.ts';
import { basedOn, possibleUsers, readUses, type Volume } from './volume-uses.ts';

interface RemoveVolumeDialogProps {
  node: string;
  storage: string;
  volume: Volume;
  /** All of the same kind in the storage. */
  volumes: readonly Volume[];
  /** Guests can have it in a drive, or as a disk. */
  usable: boolean;
  onClose: () => void;
  onRemoved: () => void;
}

export function RemoveVolumeDialog(props: RemoveVolumeDialogProps) {
  const { volid, vmid } = props.volume;
  const [uses] = createResource(async () => {
    if (!props.usable) return { guests: [], unseen: 0 };
    const storage = live.resources[`storage/${props.node}/${props.storage}`];
    const users = possibleUsers(props.volume, { node: props.node, shared: storage?.shared ?? 0 }, guests());
    return await readUses(volid, users);
  });
  const found = () => (uses.state === 'ready' ? uses() : undefined);
  const clones = basedOn(props.volumes, volid);
  const inUse = () => clones.length > 0 || (found()?.guests.length ?? 0) > 0;

  async function remove(): Promise<void> {
    const upid = await api('DELETE /nodes/{node}/storage/{storage}/content/{volume}', {
      node: props.node,
      storage: props.storage,
      volume: volid,
    });
    if (upid !== null) watchTask(upid);
    props.onRemoved();
  }

  return (
    <ConfirmDialog
      open
      onClose={props.onClose}
      title={t('content.removeTitle')}
      action={t('content.remove')}
      {...(vmid !== undefined || inUse() ? { typed: volumeName(volid) } : {})}
      onConfirm={remove}
    >
      <div class="flex flex-col gap-3">
        <p class="font-mono text-sm break-all">{volid}</p>
        <p class="text-muted">
          {vmid === undefined ? t('content.removeText') : t('content.removeDisk', { vmid })}
        </p>
        <Show when={uses.loading}>
          <p class="flex items-center gap-2 text-sm text-muted" role="status">
            <Spinner />
            {t('content.looking')}
          </p>
        </Show>
        <Show when={inUse()}>
          <Notice tone="warn" icon={<TriangleAlert size={16} />}>
            <p class="font-medium">{t('content.inUse')}</p>
            <ul class="mt-1 flex flex-col gap-0.5">
              <For each={found()?.guests}>
                {(use) => (
                  <li>
                    <Guest vmid={use.vmid} name={use.name} />{' '}
                    <code class="font-mono text-xs">{use.keys.join(', ')}</code>
                  </li>
                )}
              </For>
              <For each={clones}>
                {(one) => <li>{t('content.basedOn', { name: volumeName(one.volid) })}</li>}
              </For>
            </ul>
          </Notice>
        </Show>
        <Show when={found() && !inUse() && props.usable}>
          <p class="text-sm text-muted">{t('content.notInUse')}</p>
        </Show>
        <Show when={found()?.unseen}>
          {(count) => <p class="text-sm text-warn">{tn('content.unseen', count())}</p>}
        </Show>
      </div>
    </ConfirmDialog>
  );
}

function Guest(props: { vmid: number; name: string }) {
  const item = () => guestOf(props.vmid);
  return (
    <Show when={item()} fallback={`${props.vmid} ${props.name}`}>
      {(one) => (
        <A href={hrefOf(one())} class="hover:underline">
          {props.vmid} {props.name}
        </A>
      )}
    </Show>
  );
}
