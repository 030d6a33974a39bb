// When an image was built, as people read it.
import { moment } from '../../format/show.ts';

/** `built` as in manifests: ISO 8601. What is no date is shown as it is. */
export function builtText(built: string | undefined): string {
  if (built === undefined) return '–';
  const at = Date.parse(built);
  return Number.isNaN(at) ? built : moment(at / 1000);
}
