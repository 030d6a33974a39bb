// The ways to boot an ISO on a machine: as a CD or a USB stick by BIOS or UEFI, over the network, or its kernel directly.
import { join } from 'node:path';
import { type IsoImage, kernelWords, networkInitrd } from './iso-image.ts';
import { makeOverlay, workFolder } from './lab-cache.ts';
import { Machine, machineId } from './machine.ts';
import type { DiskSpec, MachineSpec } from './machine-spec.ts';

/** `direct` is not a way of real machines, but the fastest one: no firmware, no menu, the medium as a CD. */
export const bootKinds = ['cd-bios', 'cd-uefi', 'usb-bios', 'usb-uefi', 'network', 'direct'] as const;
export type BootKind = (typeof bootKinds)[number];

export interface IsoBoot {
  readonly name: string;
  /** Disks to install on. The firmware tries them before the medium; an empty one it passes over. */
  readonly disks?: readonly DiskSpec[];
  /** Further words for the kernel; only with `network` and `direct`: the others have a menu. */
  readonly words?: string;
  /** Anything else of the machine. */
  readonly more?: Partial<MachineSpec>;
}

/** Starts a machine from the ISO; it is booting when this answers. Dispose of it in the end. */
export async function bootIso(kind: BootKind, iso: IsoImage, boot: IsoBoot): Promise<Machine> {
  const id = machineId(boot.name);
  const machine = await Machine.create(await isoMachine(kind, iso, boot, workFolder(id)), { id });
  try {
    return await machine.start();
  } catch (error) {
    await machine.dispose();
    throw error;
  }
}

/** The machine of `bootIso`, not started. A stick's writable copy is made in `work`. */
export async function isoMachine(
  kind: BootKind,
  iso: IsoImage,
  boot: IsoBoot,
  work: string,
): Promise<MachineSpec> {
  const disks = (boot.disks ?? []).map((disk, index) => ({ bootIndex: index, ...disk }));
  const last = disks.length;
  const base: MachineSpec = { name: boot.name, disks, ...boot.more };
  const firmware = kind.endsWith('uefi') ? 'uefi' : (boot.more?.firmware ?? 'bios');
  const words = [kernelWords(iso), boot.words ?? ''].join(' ').trim();
  switch (kind) {
    case 'cd-bios':
    case 'cd-uefi':
      return { ...base, firmware, cdrom: { path: iso.path, bootIndex: last } };
    case 'usb-bios':
    case 'usb-uefi': {
      // Writable, as a stick is, without a write to the ISO itself.
      const path = await makeOverlay(join(work, 'stick.qcow2'), iso.path, 'raw');
      const stick: DiskSpec = { path, format: 'qcow2', bus: 'usb', bootIndex: last, serial: 'lab-stick' };
      if (kind === 'usb-uefi') return { ...base, firmware, disks: [...disks, stick] };
      // SeaBIOS tries the first hard disk only, and a stick is one: it is chosen, as by hand in a BIOS's boot menu.
      const later = disks.map((disk) => ({ ...disk, bootIndex: (disk.bootIndex ?? 0) + 1 }));
      return { ...base, firmware, disks: [...later, { ...stick, bootIndex: 0 }] };
    }
    case 'network':
      // What arrives by iPXE is the same: a kernel, and the image in the initrd. No medium is in the machine.
      return { ...base, kernel: { file: iso.kernel, initrd: await networkInitrd(iso), append: words } };
    case 'direct':
      return {
        ...base,
        cdrom: { path: iso.path },
        kernel: { file: iso.kernel, initrd: iso.initrd, append: `croft.medium=${iso.label} ${words}` },
      };
  }
}

/** Entries of the medium's menu, from the top. */
export const menuEntries = { live: 0, answers: 1, debug: 2 } as const;

/** Chooses in GRUB's menu over the serial line, before its time is up. */
export async function chooseEntry(machine: Machine, entry: keyof typeof menuEntries): Promise<void> {
  // The names of the entries are drawn with cursor movements in between; the frame's help line is not.
  await machine.serial.waitFor(/try or install/, 120_000);
  await machine.serial.send('\x1b[B'.repeat(menuEntries[entry]));
  await machine.serial.send('\r');
}
