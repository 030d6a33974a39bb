// What this system, and with it the image that it installs, has to choose from.
import { listKeymaps } from './keymaps.ts';
import { listTimezones } from './timezones.ts';

/** A list is left out where the system has none: a development machine. */
export interface ImageChoices {
  /** Console keymaps. */
  readonly keymaps?: readonly string[];
  readonly timezones?: readonly string[];
}

/** Both lists, read anew. Fit for `readAnswers`: what it accepts then is there after the installation. */
export function listChoices(keymapFolder?: string, zoneFolder?: string): ImageChoices {
  const keymaps = listKeymaps(keymapFolder);
  const timezones = listTimezones(zoneFolder);
  return {
    ...(keymaps === undefined ? {} : { keymaps }),
    ...(timezones === undefined ? {} : { timezones }),
  };
}
