// What the resources of VMs and containers have in common. Pure.
import type { HclBlock } from './as-hcl.ts';
import type { TakenParams } from './as-taken.ts';
import { words } from './plain-rules.ts';

/** A name of Terraform's own: letters, digits, `_` and `-`, not beginning with a digit. */
export function resourceLabel(name: string | undefined, vmid: number): string {
  const label = (name ?? '').replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64);
  return /^[A-Za-z_]/.test(label) ? label : `guest_${vmid}`;
}

export function tagsOf(tags: string | undefined): string[] | undefined {
  return tags === undefined ? undefined : words(tags).sort();
}

/** `local:32` allocates 32 GiB; undefined for a volume that is there, and for a part of a GiB. */
export function allocationOf(text: string): { storage: string; gib: number } | undefined {
  const match = /^([A-Za-z][\w.-]*):(\d{1,7})$/.exec(text);
  return match ? { storage: match[1] ?? '', gib: Number(match[2]) } : undefined;
}

export function startupBlock(given: TakenParams): HclBlock | undefined {
  return given.properties('startup', (startup) => ({
    name: 'startup',
    attributes: {
      order: (startup.text('order') ?? startup.lead) || undefined,
      up_delay: startup.text('up'),
      down_delay: startup.text('down'),
    },
  }));
}
