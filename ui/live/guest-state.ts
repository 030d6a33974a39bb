// The state of a resource as people are told it: of a VM whose memory is on a disk the API says that it is stopped. Pure.
import type { ResourceItem } from '../../server/contract/resources.ts';

type Told = Pick<ResourceItem, 'type' | 'status' | 'lock'>;

/** It does not run, and goes on where it was when it is started. */
export function isHibernated({ type, status, lock }: Told): boolean {
  return type === 'qemu' && status === 'stopped' && lock === 'suspended';
}

export function shownState(item: Told): string {
  return isHibernated(item) ? 'hibernated' : item.status;
}
