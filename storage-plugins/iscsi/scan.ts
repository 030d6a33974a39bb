// Targets of a portal, for the choice of a new storage: a discovery that leaves nothing behind.
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { openSysfs } from '../block-devices/sysfs.ts';
import { connectPortal } from './connect.ts';
import { readPortal, renderPortal } from './iscsi-names.ts';
import type { IscsiWorld } from './iscsi-plugin.ts';
import { createIscsiadm } from './iscsiadm.ts';
import { startIscsid } from './iscsid.ts';

/** A target with all its portals, separated by commas. */
export interface FoundTarget {
  readonly target: string;
  readonly portal: string;
}

/** Sorted by name. `invalid-input` about `portal`, `unavailable` with the reason. */
export async function scanIscsiTargets(
  exec: Exec,
  context: WorkContext,
  portal: string,
  world: IscsiWorld = {},
): Promise<FoundTarget[]> {
  const wanted = readPortal(portal);
  await (world.connect ?? connectPortal)(wanted, context.signal);
  await startIscsid(exec, openSysfs(world.root), context);
  const found = await createIscsiadm(exec).discover(context, wanted);
  const byTarget = Map.groupBy(found, ({ target }) => target);
  return [...byTarget]
    .map(([target, portals]) => ({ target, portal: portals.map(renderPortal).join(',') }))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}
