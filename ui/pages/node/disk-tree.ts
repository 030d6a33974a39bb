// The disks of a node, each with its partitions below it; what their health and wear mean. Pure.
import type { DiskItem } from '../../../server/contract/node-disks.ts';

export interface DiskBranch {
  readonly disk: DiskItem;
  readonly parts: readonly DiskItem[];
}

const byPath = (a: DiskItem, b: DiskItem): number =>
  a.devpath.localeCompare(b.devpath, 'en', { numeric: true });

/** A partition whose disk is not in the list stands by itself. */
export function diskTree(items: readonly DiskItem[]): DiskBranch[] {
  const paths = new Set(items.map((item) => item.devpath));
  const isPart = (item: DiskItem) => item.parent !== undefined && paths.has(item.parent);
  return items
    .filter((item) => !isPart(item))
    .sort(byPath)
    .map((disk) => ({
      disk,
      parts: items.filter((item) => isPart(item) && item.parent === disk.devpath).sort(byPath),
    }));
}

export type DiskTone = 'ok' | 'warn' | 'bad' | 'plain';

/** `PASSED` and `OK` are good, `FAILED` and the like are bad; what the disk does not say is neither. */
export function healthTone(health: string): DiskTone {
  if (/^(passed|ok)$/i.test(health)) return 'ok';
  return /^(unknown|n\/a|)$/i.test(health) ? 'plain' : 'bad';
}

/** Below a tenth of its life a disk should be replaced, below a quarter it is time to think of it. */
export function wearTone(left: number): DiskTone {
  if (left < 10) return 'bad';
  return left < 25 ? 'warn' : 'plain';
}

/** The name of a disk of whose maker and model only one may be known. */
export function diskName({ vendor, model }: Pick<DiskItem, 'vendor' | 'model'>): string {
  const readable = model.replaceAll('_', ' ').trim();
  const maker = vendor.trim();
  // ATA is what the bus says where a maker would stand.
  if (
    maker === '' ||
    /^(unknown|ata)$/i.test(maker) ||
    readable.toLowerCase().startsWith(maker.toLowerCase())
  )
    return readable;
  return `${maker} ${readable}`.trim();
}
