// When a guest starts with its node, among the others: the property string `startup`. Pure.
import { parseProperties } from './property-string.ts';

export interface Startup {
  readonly order: string;
  /** Seconds. */
  readonly up: string;
  readonly down: string;
}

export function readStartup(text: string): Startup {
  const value = parseProperties(text);
  const option = (key: string) => value.options.get(key) ?? '';
  return { order: option('order') || value.lead, up: option('up'), down: option('down') };
}

export function startupString(startup: Startup): string | undefined {
  const parts = (['order', 'up', 'down'] as const)
    .filter((key) => startup[key].trim() !== '')
    .map((key) => `${key}=${startup[key].trim()}`);
  return parts.length > 0 ? parts.join(',') : undefined;
}
