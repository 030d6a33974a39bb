// The console keymaps of this system (keymaps(5)), for checking answers.
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** Names without folder and suffix; undefined where the folder is not there. */
export function listKeymaps(folder = '/usr/share/keymaps'): string[] | undefined {
  try {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return [...new Set(files.filter((file) => /\.k?map(\.gz)?$/.test(file)).map(nameOf))].sort();
  } catch {
    return undefined;
  }
}

function nameOf(file: string): string {
  return basename(file).replace(/\.k?map(\.gz)?$/, '');
}
