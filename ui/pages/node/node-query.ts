// Reading something of a node for one of its tabs: when the node is there, and again when it may have changed.
import { createQuery, type Query } from '../../api/query.ts';
import { connectionState, live, nodeOf, revision } from '../../live/store.ts';

interface NodeReading<M, T> {
  readonly node: () => string;
  /** What the answer depends on besides; read again when it changes. */
  readonly with?: () => M;
  /** The object (`croft1/sshd`, or a node for all on it) whose tasks' ends change the answer. */
  readonly tasksOn?: () => string;
  readonly read: (node: string, given: M) => Promise<T>;
}

/**
 * Reads when the page is connected and the node online; again when the node's configuration changed, a task ended, or the
 * connection is back. What was read stays while that goes on, even if it fails: a daemon that restarts is away for a moment.
 */
export function createNodeQuery<T, M = undefined>(reading: NodeReading<M, T>): Query<T> {
  return createQuery(
    () =>
      live.loaded &&
      connectionState() === 'live' &&
      nodeOf(reading.node())?.status === 'online' && {
        node: reading.node(),
        given: reading.with?.() as M,
        revision: revision(`/nodes/${reading.node()}`, reading.tasksOn?.() ?? ''),
      },
    ({ node, given }) => reading.read(node, given),
  );
}
