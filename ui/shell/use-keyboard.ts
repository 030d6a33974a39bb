// Listens to the keyboard for the whole page, and does what the map of shortcuts says.
import { useNavigate } from '@solidjs/router';
import { onCleanup, onMount } from 'solid-js';
import { live, nodes } from '../live/store.ts';
import { useCrumbs } from './breadcrumb.tsx';
import { setCreating } from './create-state.ts';
import { nodeOfPlace } from './crumbs.ts';
import { createKeyReader, type ShortcutId } from './keyboard.ts';
import {
  palette,
  setDockOpen,
  setDrawerOpen,
  setKeyMapOpen,
  setNoticesOpen,
  setPalette,
} from './open-state.ts';

/** Where keys are text, or belong to a guest's screen, or move within a menu. */
const taken =
  'input, textarea, select, [contenteditable]:not([contenteditable="false"]), [role="application"], [role="menu"], .xterm';

/** Whether the keys of the event are somebody else's. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.repeat) return true;
  if (event.target instanceof Element && event.target.closest(taken)) return true;
  return document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
}

function focusTree(): void {
  const shown = [...document.querySelectorAll<HTMLElement>('[role="tree"]')].find((one) => one.offsetParent);
  if (shown) shown.focus();
  else setDrawerOpen(true);
}

/** Called once by the shell. */
export function useKeyboard(): void {
  const navigate = useNavigate();
  const crumbs = useCrumbs();
  const act: Readonly<Record<ShortcutId, () => void>> = {
    search: () => setPalette(''),
    keys: () => setKeyMapOpen(true),
    datacenter: () => navigate('/'),
    guests: () => navigate('/guests'),
    node: () => {
      const node =
        nodeOfPlace(crumbs()) ??
        nodes()
          .map((one) => one.node)
          .sort()[0];
      if (node !== undefined) navigate(`/nodes/${encodeURIComponent(node)}`);
    },
    tree: focusTree,
    account: () => navigate('/account'),
    tasks: () => setDockOpen((open) => !open),
    notices: () => setNoticesOpen(true),
    createVm: () => live.loaded && setCreating({ kind: 'qemu', node: '' }),
    createCt: () => live.loaded && setCreating({ kind: 'lxc', node: '' }),
  };
  const read = createKeyReader();
  const onKeyDown = (event: KeyboardEvent) => {
    if (isTaken(event)) return;
    if (palette() !== undefined) {
      // Its code is on the way: what is written meanwhile is for its field.
      if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) setPalette(palette() + event.key);
      return;
    }
    const shortcut = read(event, event.timeStamp);
    if (shortcut === undefined) return;
    event.preventDefault();
    act[shortcut]();
  };
  onMount(() => document.addEventListener('keydown', onKeyDown));
  onCleanup(() => document.removeEventListener('keydown', onKeyDown));
}
