// Everything that the installer wants to know about the machine, in one go.
import type { Exec } from '../../server/core/exec.ts';
import { type ImageChoices, listChoices } from './image-choices.ts';
import { observeDisks } from './observe-disks.ts';
import { type HostFiles, hostFiles } from './observe-files.ts';
import { observeNics } from './observe-nics.ts';
import type { MachineFacts } from './types.ts';

export interface ObserveMachineOptions {
  readonly exec: Exec;
  readonly files?: HostFiles;
  /** Highest schema of the state that the image to be installed knows. */
  readonly stateSchema: number;
  /** A live system: network cards that are off are switched on, to see whether they have a link. */
  readonly live: boolean;
  /** As `observeDisks` takes it. */
  readonly idleIsFree?: boolean;
  /** Default: what this system has. */
  readonly choices?: ImageChoices;
}

/** The machine, and what can be chosen on it. */
export interface ObservedMachine extends MachineFacts, ImageChoices {}

/** Disks, network cards, firmware, memory. Takes up to five seconds more when network cards have to be switched on. */
export async function observeMachine(options: ObserveMachineOptions): Promise<ObservedMachine> {
  const { exec, stateSchema, live } = options;
  const files = options.files ?? hostFiles;
  const [disks, nics, efi, memory] = await Promise.all([
    observeDisks({ exec, files, stateSchema, idleIsFree: options.idleIsFree ?? false }),
    observeNics({ exec, files, raise: live }),
    files.list('/sys/firmware/efi'),
    files.text('/proc/meminfo'),
  ]);
  return {
    disks,
    nics,
    firmware: efi.length > 0 ? 'uefi' : 'bios',
    memoryBytes: Number(/^MemTotal:\s*(\d+) kB/m.exec(memory ?? '')?.[1] ?? 0) * 1024,
    ...(options.choices ?? listChoices()),
  };
}
