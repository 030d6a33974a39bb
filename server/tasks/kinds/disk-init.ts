// Task `diskinit`: an empty GPT partition table on a disk that holds nothing.
import type { TaskKind } from '../task.ts';
import {
  type DiskKindParts,
  type DiskTarget,
  diskLocks,
  findBegun,
  findTarget,
  requireEmpty,
  requireWhole,
} from './disk-target.ts';

export interface DiskInitParams extends DiskTarget {
  /** GUID of the table; random without it. */
  readonly uuid?: string | undefined;
}

interface DiskInitState {
  hadTable: boolean;
}

export function diskInitKind(parts: DiskKindParts): TaskKind<DiskInitParams, DiskInitState> {
  const { driver } = parts.disks;
  return {
    type: 'diskinit',
    describe: ({ device }) => `Disk ${device} - Initialize with GPT`,
    objectId: ({ device }) => device.slice('/dev/'.length),
    locks: () => diskLocks,
    async check(params) {
      const found = await findTarget(parts, params, new AbortController().signal);
      requireWhole(found);
      requireEmpty(found);
    },
    steps: [
      {
        name: 'look',
        run: async ({ signal }, { device }) => ({
          hadTable: (await driver.table(device, signal)) !== undefined,
        }),
      },
      {
        name: 'write-table',
        async run(context, params) {
          const { signal } = context;
          requireEmpty(await findBegun(parts, params, signal));
          await driver.makeTable(params.device, params.uuid, signal);
          context.log(`${params.device} has an empty GPT partition table`);
        },
        async undo({ signal }, params, { hadTable = true }) {
          const found = await findBegun(parts, params, signal);
          if (!hadTable && found.empty) await driver.erase(params.device, 'disk', signal);
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: false,
  };
}
