// Copies of disks that a fake driver pretends to make: which guest's drive is being copied, and what it uses since.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';

export class FakeMirrors {
  /** By guest and drive: the path of the copy. */
  readonly #mirrors = new Map<string, string>();
  readonly #used = new Map<string, string>();

  begin(vmid: number, disk: string, to: Attachment): void {
    if (!this.uses(vmid, disk, to)) this.#mirrors.set(`${vmid} ${disk}`, pathOf(to));
  }

  switchTo(vmid: number, disk: string, to: Attachment): void {
    if (this.uses(vmid, disk, to)) return;
    if (this.#mirrors.get(`${vmid} ${disk}`) !== pathOf(to))
      throw new AppError('wrong-state', 'there is no copy of the disk to go on with: it was given up');
    this.#mirrors.delete(`${vmid} ${disk}`);
    this.#used.set(`${vmid} ${disk}`, pathOf(to));
  }

  end(vmid: number, disk: string): boolean {
    return this.#mirrors.delete(`${vmid} ${disk}`);
  }

  uses(vmid: number, disk: string, what: Attachment): boolean {
    return this.#used.get(`${vmid} ${disk}`) === pathOf(what);
  }

  /** Drives that are being copied, and to where: `sda > /a/b.raw`. */
  copying(vmid: number): string[] {
    const own = [...this.#mirrors].filter(([key]) => key.startsWith(`${vmid} `));
    return own.map(([key, to]) => `${key.split(' ')[1]} > ${to}`);
  }

  /** The guest has ended, and with it all that was under way. */
  forget(vmid: number): void {
    for (const map of [this.#mirrors, this.#used])
      for (const key of [...map.keys()]) if (key.startsWith(`${vmid} `)) map.delete(key);
  }
}

export function pathOf(attachment: Attachment): string {
  return 'path' in attachment ? attachment.path : 'name' in attachment ? attachment.name : '';
}
