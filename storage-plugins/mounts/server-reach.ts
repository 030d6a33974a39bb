// Does a server answer? Asked over the network, so that nobody has to touch a mount to find out that its server is gone.
import { connect } from 'node:net';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** Undefined when something listens there; else why not, in words. Takes two seconds at most and never rejects. */
export type Reach = (address: ServerAddress, signal: AbortSignal) => Promise<string | undefined>;

const limitMs = 2000;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ENOTFOUND: 'is a name that nobody knows',
  EAI_AGAIN: 'is a name that cannot be looked up now',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached: there is no route to its network',
};

/** Opens a connection and closes it. */
export const reachByTcp: Reach = async ({ host, port }, signal) => {
  const said = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host, port });
    const end = (reason: string | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      socket.destroy();
      resolve(reason);
    };
    const silent = () => end('does not answer');
    const cancel = () => end('was not asked to the end');
    const timer = setTimeout(silent, limitMs);
    signal.addEventListener('abort', cancel, { once: true });
    socket.once('connect', () => end(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(reasons[error.code ?? ''] ?? 'does not answer'),
    );
    if (signal.aborted) cancel();
  });
  return said === undefined ? undefined : `server '${host}' ${said} (port ${port})`;
};

/** As one: undefined when any of the servers answers, else what was said of the first. None to ask: undefined. */
export async function reachAny(
  reach: Reach,
  addresses: readonly ServerAddress[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const said = await Promise.all(addresses.map(async (address) => await reach(address, signal)));
  return said.includes(undefined) ? undefined : said[0];
}
