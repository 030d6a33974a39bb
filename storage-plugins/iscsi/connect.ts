// Does something listen at a portal? A TCP connection that is closed at once, given up after three seconds.
import { connect as connectSocket } from 'node:net';
import { AppError } from '../../server/core/errors.ts';
import { type Portal, renderPortal } from './iscsi-names.ts';

/** Rejects with `unavailable` and the reason, or `cancelled`. */
export type Connect = (portal: Portal, signal: AbortSignal) => Promise<void>;

const limitMs = 3000;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ENOTFOUND: 'there is no such host name',
  EAI_AGAIN: 'its host name cannot be looked up now',
};

/** iscsiadm itself would try for minutes. */
export const connectPortal: Connect = (portal, signal) =>
  new Promise((resolve, reject) => {
    const words = `the iSCSI portal ${renderPortal(portal)}`;
    const socket = connectSocket(portal);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      socket.destroy();
      settle();
    };
    const cancel = () => end(() => reject(new AppError('cancelled', `${words}: cancelled`)));
    const timer = setTimeout(
      () => end(() => reject(new AppError('unavailable', `${words} does not answer`))),
      limitMs,
    );
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      const reason = reasons[cause.code ?? ''] ?? 'the connection failed';
      end(() => reject(new AppError('unavailable', `${words} cannot be reached: ${reason}`, { cause })));
    });
    socket.once('connect', () => end(resolve));
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
  });
