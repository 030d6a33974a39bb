// Step `boot`: GRUB and its menu on the ESP of each disk, for both kinds of firmware. What makes a disk start comes last.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { grubFolder } from '../../../server/core/appliance-layout.ts';
import { firstGrubEnv, grubCoreModules, renderGrubConfig } from '../../../server/core/grub-config.ts';
import { renderGrubEnv } from '../../../server/core/grub-env.ts';
import type { InstallPlan } from '../types.ts';
import { partitionPath, sharedDevice } from './devices.ts';
import { withMount } from './mount.ts';
import { diskPaths } from './prepare.ts';
import type { InstallStep, StepTools } from './step.ts';

const grubMs = 180_000;

/** Arguments of grub-install(8) that both kinds of firmware share. */
function commonArguments(esp: string): string[] {
  return [`--boot-directory=${esp}`, `--modules=${grubCoreModules.join(' ')}`, '--locales=', '--themes='];
}

function biosArguments(esp: string, disk: string): string[] {
  return ['--target=i386-pc', ...commonArguments(esp), disk];
}

/**
 * `--removable`: at the path that every firmware tries (UEFI specification, 3.5.1.1), so nothing depends on entries in the
 * firmware's memory, and a disk that is moved to another machine starts there. Debian's signed image would look for its menu
 * elsewhere.
 */
function efiArguments(esp: string): string[] {
  return [
    '--target=x86_64-efi',
    `--efi-directory=${esp}`,
    ...commonArguments(esp),
    '--removable',
    '--no-nvram',
    '--no-uefi-secure-boot',
  ];
}

export const boot: InstallStep = {
  name: 'boot',
  weight: 15,
  async run(tools, context, job) {
    const { signal } = context;
    const disks = diskPaths(job);
    const menu = await renderMenu(tools, job.plan, signal);
    let done = 0;
    const step = () => context.progress(++done / (2 * disks.length));
    for (const disk of disks) {
      await onEsp(tools, signal, disk, async (esp) => {
        const folder = join(esp, grubFolder);
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'grubenv'), renderGrubEnv(firstGrubEnv), { flush: true });
        await writeFile(join(folder, 'grub.cfg'), menu, { flush: true });
        await grubInstall(tools, signal, efiArguments(esp), `for UEFI on ${disk}`);
      });
      step();
    }
    for (const disk of disks) {
      await onEsp(tools, signal, disk, (esp) =>
        grubInstall(tools, signal, biosArguments(esp, disk), `for BIOS on ${disk}`),
      );
      step();
      context.log(`${disk} can start this system`);
    }
  },
};

/** The menu for this installation; a kept state has the UUID that it always had. */
export async function renderMenu(tools: StepTools, plan: InstallPlan, signal: AbortSignal): Promise<string> {
  const stateUuid = plan.keepGuests
    ? await uuidOf(tools, sharedDevice(plan, 'state'), signal)
    : plan.uuids.state;
  return renderGrubConfig({ systemUuid: plan.uuids.system, stateUuid });
}

/** The UUID of the file system on the device, read from the disk and not from udev's memory. */
export async function uuidOf(tools: StepTools, device: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await tools.exec(
    'blkid',
    ['--probe', '--match-tag', 'UUID', '--output', 'value', device],
    {
      signal,
      intention: `identify ${device}`,
    },
  );
  return stdout.trim();
}

async function onEsp<T>(
  tools: StepTools,
  signal: AbortSignal,
  disk: string,
  work: (esp: string) => Promise<T>,
): Promise<T> {
  return await withMount(
    tools,
    signal,
    { device: partitionPath(disk, 'esp'), type: 'vfat', at: 'esp' },
    work,
  );
}

async function grubInstall(
  tools: StepTools,
  signal: AbortSignal,
  args: readonly string[],
  what: string,
): Promise<void> {
  await tools.exec('grub-install', args, {
    signal,
    timeoutMs: grubMs,
    intention: `install the boot loader ${what}`,
  });
}
