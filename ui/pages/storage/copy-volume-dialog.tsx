// Copying a volume to another storage or name, or moving it there.
import { createEffect, createMemo, createSignal, Show } from 'solid-js';
import { api } from '../../api/client.ts';
import { createStorageChoices } from '../../api/node-choices.ts';
import { SelectField, TextField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { Notice } from '../../components/panel.tsx';
import { formatsOf, type ImageFormat } from '../../forms/clone-guest.ts';
import { checkCopy, copyParams, isDisk } from '../../forms/copy-volume.ts';
import { t } from '../../i18n/index.ts';
import { watchTask } from '../../live/watched.ts';
import { storageChoice } from '../guest/form-group.tsx';
import { volumeName } from './content-kinds.ts';
import type { ListedVolume } from './volume-columns.tsx';

export default function CopyVolumeDialog(props: {
  node: string;
  volume: ListedVolume;
  /** The original goes. */
  remove: boolean;
  onClose: () => void;
}) {
  const here = props.volume.volid.split(':')[0] ?? '';
  const disk = isDisk(props.volume);
  const [chosen, setChosen] = createSignal('');
  const [name, setName] = createSignal('');
  const [format, setFormat] = createSignal<ImageFormat | ''>('');
  const [vmid, setVmid] = createSignal('');
  const [limit, setLimit] = createSignal('');
  const storages = createStorageChoices(() => props.node);
  /** Where it is comes last: a copy there needs another name. */
  const targets = createMemo(() => {
    const all = storages.holding(disk ? 'images' : (props.volume.content ?? 'iso'));
    return (
      all && [...all.filter((one) => one.storage !== here), ...all.filter((one) => one.storage === here)]
    );
  });
  const storage = () => chosen() || (targets()?.[0]?.storage ?? '');
  const formats = createMemo(() => formatsOf(targets()?.find((one) => one.storage === storage())?.formats));
  createEffect(() => {
    const now = format();
    if (now !== '' && !formats().includes(now)) setFormat('');
  });
  const form = () => ({
    ...{ storage: storage(), name: name(), format: format() },
    ...{ vmid: vmid(), limit: limit() },
  });
  const problems = createMemo(() => checkCopy(form(), props.volume));
  const wrong = (key: 'vmid' | 'limit') => {
    const problem = problems()[key];
    return problem && t(problem);
  };
  const nowhere = () => (targets()?.length === 0 ? t('volume.nowhere') : undefined);
  const reason = () => {
    const problem = problems().storage;
    return nowhere() ?? (problem && t(problem));
  };
  const title = () => {
    const what = volumeName(props.volume.volid);
    return props.remove ? t('move.what', { what }) : t('volume.copyTitle', { name: what });
  };

  return (
    <FormDialog
      title={title()}
      action={props.remove ? t('move.action') : t('volume.copyAction')}
      reason={reason()}
      check={() => problems().vmid === undefined && problems().limit === undefined}
      run={async () =>
        watchTask(
          await api('POST /nodes/{node}/storage/{storage}/copy-volume', {
            node: props.node,
            ...copyParams(form(), props.volume, props.remove),
          }),
        )
      }
      onClose={props.onClose}
      fields={['target', 'name', 'format', 'vmid', 'bwlimit']}
    >
      {(refused) => (
        <>
          <p class="font-mono text-sm break-all text-muted">{props.volume.volid}</p>
          <Show when={nowhere() === undefined} fallback={<Notice tone="warn">{nowhere()}</Notice>}>
            <SelectField
              label={t('move.to')}
              value={storage()}
              onValue={setChosen}
              choices={(targets() ?? []).map((one) =>
                one.storage === here
                  ? { value: here, label: t('move.here', { storage: here }) }
                  : storageChoice(one),
              )}
              error={refused('target')}
            />
            <TextField
              label={t('volume.name')}
              hint={t(disk ? 'volume.nameDiskHint' : 'volume.nameHint')}
              placeholder={disk ? '' : volumeName(props.volume.volid)}
              value={name()}
              onValue={setName}
              error={refused('name')}
            />
            <Show when={disk}>
              <SelectField
                label={t('move.format')}
                value={format()}
                onValue={(value) => setFormat(formats().find((one) => one === value) ?? '')}
                none={t('move.sameFormat')}
                choices={formats().map((one) => ({ value: one, label: one }))}
                error={refused('format')}
              />
              <TextField
                label={t('volume.guest')}
                hint={t('volume.guestHint')}
                inputmode="numeric"
                placeholder={props.volume.vmid === undefined ? '' : String(props.volume.vmid)}
                value={vmid()}
                onValue={setVmid}
                error={wrong('vmid') ?? refused('vmid')}
              />
            </Show>
            <TextField
              label={t('volume.limit')}
              hint={t('volume.limitHint')}
              suffix="KiB/s"
              inputmode="numeric"
              value={limit()}
              onValue={setLimit}
              error={wrong('limit') ?? refused('bwlimit')}
            />
            <Show when={props.remove}>
              <p class="text-sm text-muted">{t('volume.moveHint')}</p>
            </Show>
          </Show>
        </>
      )}
    </FormDialog>
  );
}
