// Before something is written to a disk: which one it is, who uses it, what would be lost.
import { For, Show } from 'solid-js';
import type { DiskContents } from '../../../server/contract/node-disk-changes.ts';
import { Notice } from '../../components/panel.tsx';
import { bytes } from '../../format/show.ts';
import { t } from '../../i18n/index.ts';
import { diskName } from './disk-tree.ts';

export function DiskContentsNote(props: { contents: DiskContents }) {
  const facts = () =>
    [diskName({ vendor: '', model: props.contents.model }), bytes(props.contents.size)]
      .filter((text) => text !== '')
      .join(' · ');
  return (
    <div class="flex flex-col gap-3 text-sm">
      <p class="text-muted [overflow-wrap:anywhere]">
        <span class="font-mono">{props.contents.disk}</span> · {facts()}
        <Show when={props.contents.serial}>
          {(serial) => <> · {t('nodeDisks.serial', { serial: serial() })}</>}
        </Show>
      </p>
      <Show
        when={props.contents.uses.length > 0}
        fallback={
          <Show when={props.contents.losses.length > 0} fallback={<p>{t('nodeDisks.lostNothing')}</p>}>
            <div>
              <p class="font-medium">{t('nodeDisks.lost')}</p>
              <Sentences texts={props.contents.losses} />
            </div>
          </Show>
        }
      >
        <Notice tone="warn">
          <p class="font-medium">{t('nodeDisks.inUse')}</p>
          <Sentences texts={props.contents.uses} />
        </Notice>
      </Show>
    </div>
  );
}

/** As the daemon says them; names in them may be anybody's. */
function Sentences(props: { texts: readonly string[] }) {
  return (
    <ul class="list-disc ps-5">
      <For each={props.texts}>{(text) => <li class="[overflow-wrap:anywhere]">{text}</li>}</For>
    </ul>
  );
}
