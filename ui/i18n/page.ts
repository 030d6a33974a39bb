// Pages and dialogs that are loaded when they are opened, together with the words they need.
import { type Component, lazy } from 'solid-js';
import { loadAgain } from '../api/load-again.ts';
import { pageWords } from './languages.ts';

/** As Solid's `lazy`; what it answers is drawn once its code and the words of pages are there. */
// biome-ignore lint/suspicious/noExplicitAny: as Solid's own signature.
export function page<T extends Component<any>>(load: () => Promise<{ default: T }>) {
  return lazy(async () => (await Promise.all([loadAgain(load), loadAgain(pageWords)]))[0]);
}
