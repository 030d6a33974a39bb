// What both create dialogs begin with: the nodes to choose from, the next free number, the choices of the chosen node.
import { createEffect, createMemo, on } from 'solid-js';
import { api } from '../../api/client.ts';
import { createBridgeChoices, createStorageChoices } from '../../api/node-choices.ts';
import { createQuery } from '../../api/query.ts';
import type { BoundForm } from '../../components/bound-field.tsx';
import { nodes } from '../../live/store.ts';

/** The names of the nodes that a guest can be made on, in order. */
export function onlineNodes(): string[] {
  return nodes()
    .filter((one) => one.status === 'online')
    .map((one) => one.node)
    .sort((a, b) => a.localeCompare(b));
}

/** Fills in the next free number, unless one was entered meanwhile. */
export function fillNextId(vmid: () => string, fill: (vmid: string) => void): void {
  const nextId = createQuery(
    () => ({}),
    () => api('GET /cluster/nextid', {}),
  );
  createEffect(
    on(nextId.data, (id) => {
      if (id !== undefined && vmid() === '') fill(String(id));
    }),
  );
}

/** The choices of a form that makes a guest; they follow the node that is chosen in it. */
export function createNewGuestChoices(of: BoundForm<{ readonly node: string; readonly vmid: string }>) {
  fillNextId(
    () => of.form.vmid,
    (vmid) => of.set({ vmid }),
  );
  const node = () => of.form.node;
  const online = createMemo(onlineNodes);
  return { nodes: online, storages: createStorageChoices(node), bridges: createBridgeChoices(node) };
}
