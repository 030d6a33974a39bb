// Alpine: ifupdown-ng or busybox, OpenRC, busybox' init.
import { applyInittab } from '../gettys.ts';
import { applyDns, applyHostname, applyHosts, applyTimezone, shortName } from '../identity.ts';
import { applyIfupdown } from '../network/ifupdown.ts';
import type { FamilyWork } from './system-families.ts';

export async function setUpAlpine({ writer, model, facts, plans }: FamilyWork): Promise<void> {
  await applyHostname(writer, model);
  await applyHosts(writer, model, facts);
  await applyDns(writer, model, facts);
  await applyTimezone(writer, model, facts);
  await applyIfupdown(writer, plans, 'alpine', shortName(model));
  await applyInittab(writer, model, 'busybox');
  const service = '/etc/init.d/networking';
  if (plans.length === 0 || !(await writer.isThere(service))) return;
  for (const level of ['boot', 'default', 'sysinit']) {
    if (await writer.isThere(`/etc/runlevels/${level}/networking`)) return;
  }
  await writer.link('/etc/runlevels/boot/networking', service);
}
