// The head of a section: the daemon's problems that no field can show, or that nothing is asked here.
import Info from 'lucide-solid/icons/info';
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { For, Show } from 'solid-js';
import { Notice } from '../../components/panel.tsx';
import { tOr } from '../../i18n/index.ts';
import type { InstallDraft, InstallStep } from './draft.ts';

/** A key of the answer file that no field has, in words where there are some. */
export function keyWords(key: string): string {
  const last = key.split('.').at(-1) ?? key;
  return tOr(`install.key.${last}`, last);
}

export function SectionProblems(props: { draft: InstallDraft; step: InstallStep }) {
  return (
    <Show when={props.draft.others(props.step).length > 0}>
      <div role="alert">
        <Notice tone="bad" icon={<TriangleAlert size={16} />}>
          <For each={props.draft.others(props.step)}>
            {(one) => (
              <p>
                {keyWords(one.key)}: {one.message}
              </p>
            )}
          </For>
        </Notice>
      </div>
    </Show>
  );
}

/** Nothing is asked: an installation is kept with what it has. */
export function Kept(props: { text: string }) {
  return (
    <Notice tone="accent" icon={<Info size={16} />}>
      {props.text}
    </Notice>
  );
}
