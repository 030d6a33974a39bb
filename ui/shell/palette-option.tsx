// One line of the palette: what it is, its state as it is now, and why it cannot be chosen.

import Box from 'lucide-solid/icons/box';
import Database from 'lucide-solid/icons/database';
import FileText from 'lucide-solid/icons/file-text';
import Group from 'lucide-solid/icons/group';
import Monitor from 'lucide-solid/icons/monitor';
import Search from 'lucide-solid/icons/search';
import Server from 'lucide-solid/icons/server';
import Settings from 'lucide-solid/icons/settings';
import Zap from 'lucide-solid/icons/zap';
import { Show } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import { StateDot, stateName } from '../components/state-dot.tsx';
import { shownState } from '../live/guest-state.ts';
import { live } from '../live/store.ts';
import type { PaletteEntry } from './palette-entries.ts';

interface PaletteOptionProps {
  entry: PaletteEntry;
  id: string;
  /** The keyboard is at it. */
  chosen: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

const icons = {
  guest: Monitor,
  node: Server,
  storage: Database,
  pool: Group,
  page: FileText,
  setting: Settings,
  action: Zap,
} as const;

function iconOf({ kind, item, does }: PaletteEntry) {
  if (kind === 'guest' && item?.type === 'lxc') return Box;
  // A search that was kept: it does nothing but ask.
  if (kind === 'action' && 'ask' in does) return Search;
  return icons[kind];
}

export function PaletteOption(props: PaletteOptionProps) {
  const { entry } = props;
  const icon = iconOf(entry);
  const status = () => {
    const item = entry.item && live.resources[entry.item.id];
    return item ? shownState(item) : '';
  };
  const number = entry.number === undefined ? '' : String(entry.number);
  const shown = () => entry.reason ?? entry.hint;
  /** First what is written, in its order: who speaks it to the computer is understood. */
  const name = () =>
    [
      ...[number, entry.title, shown(), status() && stateName(status(), entry.item?.type)],
      entry.reason && entry.hint,
    ]
      .filter(Boolean)
      .join(' ');
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the focus stays in the field, which has the keys
    <div
      id={props.id}
      role="option"
      aria-selected={props.chosen}
      aria-disabled={entry.reason === undefined ? undefined : 'true'}
      aria-label={name()}
      class={`flex min-h-9 items-center gap-2.5 rounded-md px-2 py-1 text-sm pointer-coarse:min-h-11 ${props.chosen ? 'bg-accent-soft' : ''} ${entry.reason === undefined ? 'cursor-pointer' : 'cursor-not-allowed text-muted'}`}
      onPointerMove={() => !props.chosen && props.onPoint()}
      onClick={() => props.onChoose()}
    >
      <span class="relative flex w-7 shrink-0 items-center gap-1 text-muted">
        <Dynamic component={icon} size={15} aria-hidden="true" />
        <Show when={status() !== '' && entry.kind !== 'storage'}>
          <StateDot status={status()} />
        </Show>
      </span>
      <Show when={number}>
        <span class="num shrink-0 text-xs text-muted">{`${number} `}</span>
      </Show>
      {/* Why it cannot be chosen is read whole: on phones it stands below. */}
      <span
        class={`flex min-w-0 flex-1 ${entry.reason === undefined ? 'items-center gap-2.5' : 'sm:items-center sm:gap-2.5 max-sm:flex-col'}`}
      >
        <span class="min-w-0 flex-1 truncate" title={entry.title}>
          {`${entry.title} `}
        </span>
        <span
          class={`text-xs text-muted ${entry.reason === undefined ? 'max-w-[45%] shrink-0 truncate' : 'sm:max-w-[60%] sm:text-end'}`}
        >
          {shown()}
        </span>
      </span>
    </div>
  );
}
