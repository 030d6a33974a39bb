// Step `verify`: what was written is read back from the disks, then the disks are let go of.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  grubFolder,
  imageFiles,
  localVolume,
  thinPool,
  volumeGroup,
} from '../../../server/core/appliance-layout.ts';
import { AppError } from '../../../server/core/errors.ts';
import { readGrubEnvFile } from '../../../server/core/grub-env.ts';
import { manifestEntry, readManifest } from '../../../server/core/update-manifest.ts';
import { renderMenu, uuidOf } from './boot.ts';
import { hashFile } from './copy-file.ts';
import { partitionPath, sharedDevice } from './devices.ts';
import { firstSlot } from './image.ts';
import { withMount } from './mount.ts';
import { diskPaths } from './prepare.ts';
import { openArrays } from './raid.ts';
import { releaseDisks } from './release-disks.ts';
import type { InstallStep } from './step.ts';

const lvsSchema = z.object({ report: z.array(z.object({ lv: z.array(z.object({ lv_name: z.string() })) })) });

export const verify: InstallStep = {
  name: 'verify',
  weight: 3,
  async run(tools, context, job) {
    const { plan } = job;
    const { signal } = context;
    const disks = diskPaths(job);
    const system = sharedDevice(plan, 'system');
    await openArrays(tools, signal, plan);
    await tools.exec('sync', [], { signal, timeoutMs: 300_000, intention: 'write everything to the disks' });
    // Forgets what the kernel remembers of the disks: from here on it is read from them.
    for (const disk of disks) await tools.exec('blockdev', ['--flushbufs', disk], { signal });

    requireSame(await uuidOf(tools, system, signal), plan.uuids.system, `the file system of ${system}`);
    if (!plan.keepGuests) {
      const device = sharedDevice(plan, 'state');
      requireSame(await uuidOf(tools, device, signal), plan.uuids.state, `the file system of ${device}`);
    }
    await withMount(
      tools,
      signal,
      { device: system, type: 'ext4', at: 'system', readOnly: true },
      async (folder) => {
        const slot = join(folder, firstSlot);
        const manifest = readManifest(await readFile(join(slot, imageFiles[4]), 'utf8'));
        // The large one was compared while it was copied; reading it again would double the time.
        for (const name of ['vmlinuz', 'initrd.img', 'slot.cfg'] as const)
          requireSame(await hashFile(join(slot, name), signal), manifestEntry(manifest, name).sha256, name);
      },
    );
    const menu = await renderMenu(tools, plan, signal);
    for (const disk of disks) {
      const device = partitionPath(disk, 'esp');
      await withMount(tools, signal, { device, type: 'vfat', at: 'esp', readOnly: true }, async (folder) => {
        const env = await readGrubEnvFile(join(folder, grubFolder, 'grubenv'));
        requireSame(env.get('slot') ?? '', firstSlot, `the boot environment of ${disk}`);
        requireSame(
          await readFile(join(folder, grubFolder, 'grub.cfg'), 'utf8'),
          menu,
          `the boot menu of ${disk}`,
        );
      });
    }
    const { stdout } = await tools.exec(
      'lvs',
      ['--reportformat', 'json', '--options', 'lv_name', volumeGroup],
      {
        signal,
        intention: 'look at the volumes for guests',
      },
    );
    const volumes = lvsSchema
      .parse(JSON.parse(stdout))
      .report.flatMap((part) => part.lv.map((lv) => lv.lv_name));
    for (const name of plan.keepGuests ? [] : [localVolume, thinPool])
      if (!volumes.includes(name)) throw wrong(`the volume ${name}`);
    await releaseDisks(tools, disks, signal);
    context.log('what was written was read back and is as it should be');
  },
};

function requireSame(found: string, wanted: string, what: string): void {
  if (found !== wanted) throw wrong(what);
}

function wrong(what: string): AppError {
  return new AppError('wrong-state', `${what} is not as it was written: the disk may be failing`);
}
