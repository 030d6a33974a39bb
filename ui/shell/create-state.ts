// Whether the create dialog is open, and for which node (empty: any).
import { createSignal } from 'solid-js';

const [node, setNode] = createSignal<string | undefined>();

/** Undefined: closed. */
export const createNode = node;
export const createOpen = () => node() !== undefined;
export const setCreateOpen = setNode;
