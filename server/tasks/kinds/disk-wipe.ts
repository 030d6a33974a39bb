// Task `wipedisk`: what a disk or partition was is erased, so that it can be used anew. There is no way back.
import type { TaskKind } from '../task.ts';
import {
  type DiskKindParts,
  type DiskTarget,
  diskLocks,
  eraseAll,
  findBegun,
  findTarget,
  requireIdle,
} from './disk-target.ts';

/** After a crash it goes on: a disk that is erased by half is of no use to anybody. */
export function diskWipeKind(parts: DiskKindParts): TaskKind<DiskTarget, object> {
  return {
    type: 'wipedisk',
    describe: ({ device }) => `Disk ${device} - Wipe`,
    objectId: ({ device }) => device.slice('/dev/'.length),
    locks: () => diskLocks,
    async check(params) {
      requireIdle(await findTarget(parts, params, new AbortController().signal));
    },
    steps: [
      {
        name: 'erase',
        async run(context, params) {
          // Again: the task may have been cut off, and somebody may have taken the disk since.
          const found = await findBegun(parts, params, context.signal);
          requireIdle(found);
          const { disk, device, losses } = found;
          context.log(
            `${device.path}: ${disk.model || 'unknown model'}, serial number ${disk.serial || 'unknown'}`,
          );
          for (const loss of losses) context.log(`erasing ${loss}`);
          await eraseAll(parts, found, context.signal);
          context.log(`${device.path} is empty`);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}
