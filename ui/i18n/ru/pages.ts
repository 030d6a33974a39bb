// Russian words of the pages and dialogs that are loaded when they are opened.
import { accessWords } from './access.ts';
import { applianceWords } from './appliance.ts';
import { asCodeWords } from './as-code.ts';
import { containerWords } from './containers.ts';
import { machineWords } from './machines.ts';
import { nodeWords } from './node.ts';
import { searchWords } from './search.ts';
import { tableWords } from './tables.ts';

export const words = {
  ...accessWords,
  ...machineWords,
  ...nodeWords,
  ...containerWords,
  ...asCodeWords,
  ...applianceWords,
  ...searchWords,
  ...tableWords,
} as const;
