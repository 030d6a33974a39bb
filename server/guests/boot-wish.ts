// What a guest of any kind wants at the start and the end of the machine: the keys are the same for all.
import { startupString } from '../contract/qemu-strings.ts';
import { parseProperty } from './config/config-keys.ts';
import type { GuestDocument } from './config/guest-document.ts';

export interface BootWish {
  readonly vmid: number;
  readonly kind: GuestDocument['kind'];
  /** Is it to start with the machine? Never a template. */
  readonly wanted: boolean;
  /** Position in the order; undefined: after those with one. */
  readonly order: number | undefined;
  /** Seconds to wait after its start before the next. */
  readonly upSeconds: number;
  /** Seconds that it has for shutting down; undefined: the default. */
  readonly downSeconds: number | undefined;
}

export function bootWishOf({ vmid, kind, config }: GuestDocument): BootWish {
  const { order, up, down } = parseProperty('startup', startupString, config['startup'] ?? '');
  const on = (key: string) => Number(config[key] ?? 0) === 1;
  const wanted = on('onboot') && !on('template');
  return { vmid, kind, wanted, order, upSeconds: up ?? 0, downSeconds: down };
}
