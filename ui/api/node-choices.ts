// What forms offer to choose from on one node, read again when another node is chosen; and keeping a choice among it.
import { createEffect, createMemo, on } from 'solid-js';
import { createCalm } from '../live/calm.ts';
import { revision } from '../live/store.ts';
import { bridgeChoices, fileChoices, type StorageChoice, storageChoices } from './choices.ts';
import { createQuery, type Query } from './query.ts';

const at = (node: () => string) => () => node() !== '' && { node: node() };

/** The storages of a node that hold a kind of content; undefined while they are read. */
export function createStorageChoices(node: () => string): {
  readonly holding: (content: string) => StorageChoice[] | undefined;
  readonly error: Query<StorageChoice[]>['error'];
} {
  const all = createQuery(at(node), (from) => storageChoices(from.node));
  return {
    holding: (content) => all.data()?.filter((one) => one.content.includes(content)),
    error: all.error,
  };
}

/** Any task on the node may have brought one, and all storages are asked: not more often than this. */
const restMs = 2000;

/** The files of a node that hold a kind of content, read again when a storage of it or a task on it may have changed them. */
export function createFileChoices(
  node: () => string,
  content: Parameters<typeof fileChoices>[1],
): Query<Awaited<ReturnType<typeof fileChoices>>> {
  const changes = createCalm(() => revision('/storage', node()), node, restMs);
  return createQuery(
    () => node() !== '' && { node: node(), revision: changes() },
    (from) => fileChoices(from.node, content),
  );
}

/** The bridges of a node, by name; undefined while they are read. */
export function createBridgeChoices(
  node: () => string,
): () => { iface: string; comments: string }[] | undefined {
  return createQuery(at(node), (from) => bridgeChoices(from.node)).data;
}

/** What is not offered (any more) cannot stay chosen: the first that is offered is a good start. */
export function keepAmong(
  offered: () => readonly string[] | undefined,
  chosen: () => string,
  choose: (instead: string) => void,
): void {
  const names = createMemo(offered);
  createEffect(
    on(names, (list) => {
      if (list && !list.includes(chosen())) choose(list[0] ?? '');
    }),
  );
}
