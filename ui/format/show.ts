// The formatters in the language in use.
import { locale } from '../i18n/index.ts';
import * as numbers from './numbers.ts';

export const bytes = (value: number | undefined): string => numbers.bytes(value, locale());
export const diskSize = (value: number): string => numbers.diskSize(value, locale());
export const percent = (value: number | undefined): string => numbers.percent(value, locale());
export const duration = (value: number | undefined): string => numbers.duration(value, locale());
export const moment = (value: number | undefined): string => numbers.moment(value, locale());
export { configSize, share } from './numbers.ts';

/** What comes as the end of a sentence, where it stands alone. A name at its begin, as `net0:`, stays as it is. */
export const asSentence = (text: string): string =>
  /^\p{Ll}+(?![\p{L}\d:._/=-])/u.test(text)
    ? text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1)
    : text;
