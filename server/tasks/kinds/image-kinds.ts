// All kinds of task on the slots of the appliance.
import type { Appliance } from '../../appliance/appliance.ts';
import type { TaskKind } from '../task.ts';
import { imageSwitchKind } from './image-switch.ts';
import { imageUpdateKind } from './image-update.ts';

export function imageTaskKinds(appliance: Appliance): TaskKind[] {
  return [imageUpdateKind(appliance), imageSwitchKind(appliance)] as TaskKind[];
}
