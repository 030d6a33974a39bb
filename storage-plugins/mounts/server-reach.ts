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
  ENOTFOUND: 'has a name that nobody knows',
  EAI_AGAIN: 'has a name that cannot be looked up now',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached: there is no route to its network',
};

/** Opens a connection and closes it. As `Reach`, but answers only what is to be said of whoever was asked: `refuses connections`. */
export async function askByTcp(
  { host, port }: ServerAddress,
  signal: AbortSignal,
): Promise<string | undefined> {
  return await new Promise<string | undefined>((resolve) => {
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
}

export const reachByTcp: Reach = async ({ host, port }, signal) => {
  const said = await askByTcp({ host, port }, signal);
  return said === undefined ? undefined : `server '${host}' ${said} (port ${port})`;
};

/**
 * As one: undefined as soon as any of the servers answers, else what was said of the first. None to ask: undefined. One that is gone
 * costs no time while another is there.
 */
export async function reachAny(
  reach: Reach,
  addresses: readonly ServerAddress[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const asked = addresses.map(async (address) => await reach(address, signal));
  const answers = asked.map(async (said) => {
    if ((await said) !== undefined) throw new Error('another one may answer');
  });
  return await Promise.any(answers).then(
    () => undefined,
    async () => await asked[0],
  );
}
