// Alpine: ifupdown-ng or busybox, OpenRC, busybox' init.
import { applyInittab } from '../gettys.ts';
import { applyIdentity, shortName, together } from '../identity.ts';
import { applyIfupdown } from '../network/ifupdown.ts';
import type { SetupWriter } from '../setup-writer.ts';
import type { FamilyWork } from './system-families.ts';

export async function setUpAlpine({ writer, model, facts, plans }: FamilyWork): Promise<void> {
  await together([
    applyIdentity(writer, model, facts),
    applyIfupdown(writer, plans, 'alpine', shortName(model)),
    applyInittab(writer, model, 'busybox'),
    applyService(writer, plans),
  ]);
}

/** OpenRC's, which brings the cards up: in a runlevel, if there is none that has it. */
async function applyService(writer: SetupWriter, plans: FamilyWork['plans']): Promise<void> {
  const service = '/etc/init.d/networking';
  if (plans.length === 0 || !(await writer.isThere(service))) return;
  for (const level of ['boot', 'default', 'sysinit']) {
    if (await writer.isThere(`/etc/runlevels/${level}/networking`)) return;
  }
  await writer.link('/etc/runlevels/boot/networking', service);
}
