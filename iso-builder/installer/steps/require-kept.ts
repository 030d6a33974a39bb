// Of an installation that is kept: is it whole, and is it the one that was meant? Asked before its system is written anew.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { volumeGroup } from '../../../server/core/appliance-layout.ts';
import { AppError } from '../../../server/core/errors.ts';
import type { InstallJob } from '../job.ts';
import { sharedDevice } from './devices.ts';
import { withMount } from './mount.ts';
import type { StepTools } from './step.ts';

/**
 * `wrong-state` when the state was written by a newer version or is another machine's, or the guests' volume group is not
 * there. Of a mirror this can be known only now: its arrays are opened by the installation.
 */
export async function requireKept(tools: StepTools, signal: AbortSignal, job: InstallJob): Promise<void> {
  const { plan, hostname } = job;
  const device = sharedDevice(plan, 'state');
  await withMount(tools, signal, { device, type: 'ext4', at: 'state', readOnly: true }, async (folder) => {
    await requireKnownSchema(folder, plan.image.stateSchema);
    const found = (await readWord(join(folder, 'files/etc/hostname'))).split('.')[0];
    if (hostname !== '' && found !== '' && found !== hostname)
      throw new AppError(
        'wrong-state',
        `the installation on the disk is called '${found}', not '${hostname}'`,
      );
  });
  const guests = sharedDevice(plan, 'guests');
  const { stdout } = await tools.exec('pvs', ['--noheadings', '--options', 'vg_name', guests], {
    signal,
    // 5: the device is no physical volume.
    okExitCodes: [0, 5],
    intention: 'look for the guests that are kept',
  });
  if (stdout.trim() !== volumeGroup)
    throw new AppError(
      'wrong-state',
      `the volume group '${volumeGroup}' with the guests is not on ${guests}`,
    );
}

/** `wrong-state` unless the state below `folder` has a schema that an image which knows `known` can use. */
export async function requireKnownSchema(folder: string, known: number): Promise<void> {
  const schema = await readWord(join(folder, 'schema'));
  if (/^\d+$/.test(schema) && Number(schema) <= known) return;
  throw new AppError(
    'wrong-state',
    `the settings on the disk have version ${schema === '' ? 'none' : schema.slice(0, 20)}, this image knows ${known}: install without keeping them, or take a newer image`,
  );
}

async function readWord(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}
