// English words of the pages and dialogs that are loaded when they are opened.
import { applianceWords } from './appliance.ts';
import { containerWords } from './containers.ts';
import { machineWords } from './machines.ts';

export const words = { ...machineWords, ...containerWords, ...applianceWords } as const;
