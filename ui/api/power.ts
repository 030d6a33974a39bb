// Restarting and switching off a node.
import { api, type Params } from './client.ts';

export type PowerCommand = 'reboot' | 'shutdown';

/** Asks the node to go down. It answers before it does. */
export async function powerNode(node: string, command: PowerCommand): Promise<void> {
  const call = api as unknown as (method: string, params: Params) => Promise<unknown>;
  await call('POST /nodes/{node}/status', { node, command });
}
