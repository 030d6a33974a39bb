// Does something listen at a portal? Asked before iscsiadm, which would itself try for minutes.
import { AppError } from '../../server/core/errors.ts';
import { askByTcp } from '../mounts/server-reach.ts';
import { type Portal, renderPortal } from './iscsi-names.ts';

/** Rejects with `unavailable` and the reason, or `cancelled`. */
export type Connect = (portal: Portal, signal: AbortSignal) => Promise<void>;

export const connectPortal: Connect = async (portal, signal) => {
  const words = `the iSCSI portal ${renderPortal(portal)}`;
  const problem = await askByTcp(portal, signal);
  if (signal.aborted) throw new AppError('cancelled', `${words}: cancelled`);
  if (problem !== undefined) throw new AppError('unavailable', `${words} ${problem}`);
};
