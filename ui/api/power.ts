// Restarting and switching off a node.
import { api } from './client.ts';

export type PowerCommand = 'reboot' | 'shutdown';

/** Asks the node to go down. It answers before it does. */
export async function powerNode(node: string, command: PowerCommand): Promise<void> {
  await api('POST /nodes/{node}/status', { node, command });
}
