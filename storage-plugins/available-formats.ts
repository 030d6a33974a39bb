// Formats of new volumes on one configured storage: those of its type, without what its options do not switch on. Pure.
import type { PluginDeclaration, VolumeFormat } from './plugin.ts';

export function availableFormats(
  { formatOptions }: Pick<PluginDeclaration, 'formatOptions'>,
  formats: readonly VolumeFormat[],
  options: Readonly<Record<string, unknown>>,
): VolumeFormat[] {
  return formats.filter((format) => {
    const option = formatOptions?.[format];
    return option === undefined || options[option] === true;
  });
}
