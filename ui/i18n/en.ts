// English: the language that all others are translated from. Keys are flat; `{names}` are filled in.
import { applianceWords } from './en-appliance.ts';
import { containerWords } from './en-containers.ts';
import { machineWords } from './en-machines.ts';
import { overviewWords } from './en-overview.ts';

export const en = { ...overviewWords, ...machineWords, ...containerWords, ...applianceWords } as const;
