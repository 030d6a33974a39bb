// Routes of the appliance's slots: its status, updates by upload and by URL, booting the other slot, keeping this one.
import type { ApplianceService } from '../../appliance/appliance-service.ts';
import { requireSlot } from '../../appliance/boot-facts.ts';
import type { UploadOffers } from '../../appliance/upload-offers.ts';
import {
  bootOtherSlot,
  confirmSlot,
  downloadUpdate,
  getAppliance,
  uploadUpdate,
} from '../../contract/appliance.ts';
import { AppError } from '../../core/errors.ts';
import type { ImageUpdateParams } from '../../tasks/kinds/image-update.ts';
import { taskEnded } from '../../tasks/task-ended.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import { type Route, route } from '../route.ts';

export interface ApplianceRouteParts {
  readonly appliance: ApplianceService;
  readonly uploads: UploadOffers;
  readonly tasks: Pick<TaskRunner, 'start' | 'wait'>;
}

/** The task kinds behind them are `imageUpdateKind` and `imageSwitchKind`. */
export function applianceRoutes({ appliance, uploads, tasks }: ApplianceRouteParts): Route[] {
  const update = (params: ImageUpdateParams, requester: string) =>
    tasks.start('imageupdate', params, { requester });
  return [
    route(getAppliance, () => appliance.status()),

    // Answered when the file was taken whole: the task reads it from this very request.
    route(uploadUpdate, async ({ caller, incoming, header }) => {
      const offer = uploads.offer(incoming, readLength(header('content-length')));
      try {
        requireSlot(appliance.facts);
        const upid = await update({ from: 'upload', key: offer.key }, caller.requester);
        await Promise.race([offer.taken, taskEnded(tasks, upid)]);
        return upid;
      } finally {
        offer.withdraw();
      }
    }),

    route(downloadUpdate, async ({ params, caller }) => {
      requireSlot(appliance.facts);
      return await update({ from: 'url', url: params.url }, caller.requester);
    }),

    route(bootOtherSlot, async ({ caller }) => {
      requireSlot(appliance.facts);
      return await tasks.start('imageswitch', {}, { requester: caller.requester });
    }),

    route(confirmSlot, async () => {
      await appliance.keep();
      return null;
    }),
  ];
}

/** Without a length the file is read to its end; by its own manifest it is known how long it must be. */
function readLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new AppError('invalid-input', 'the content length is not a number');
  return Number(text);
}
