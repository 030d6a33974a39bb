// A node's defaults for backups: a text of lines `key: value`, as Proxmox VE keeps it in vzdump.conf(5). Pure.
import { backupOptions, refusedBackupOptions } from '../../contract/vzdump.ts';
import type { BackupWishes } from './backup-options.ts';

const longestText = 64 * 1024;

export interface ReadDefaults {
  readonly wishes: BackupWishes;
  /** What is wrong with lines that were passed over, in words. */
  readonly problems: readonly string[];
}

/** Reads it. A line that is wrong is told and passed over: a default that nobody understands must not keep backups from being made. */
export function readDefaults(text: string): ReadDefaults {
  const wishes: Record<string, unknown> = {};
  const problems: string[] = [];
  const lines = text.slice(0, longestText).split('\n');
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([a-z][a-z-]*)\s*:\s*(.*)$/.exec(line);
    const wrong = (rule: string) => problems.push(`vzdump.conf, line ${index + 1}: ${rule}`);
    if (!match) {
      wrong('write key: value');
      continue;
    }
    const [, key = '', value = ''] = match;
    if (!Object.hasOwn(backupOptions, key) || refused.has(key)) {
      wrong(`'${key}' is no option of backups here`);
      continue;
    }
    const schema = backupOptions[key as keyof typeof backupOptions];
    const parsed = schema.safeParse(key === 'exclude-path' ? pathsOf(value) : value);
    if (parsed.success) wishes[key] = parsed.data;
    else wrong(`${key}: ${parsed.error.issues[0]?.message ?? 'is not understood'}`);
  }
  return { wishes: wishes as BackupWishes, problems };
}

/** What guests are meant is each request's own matter. */
const refused: ReadonlySet<string> = new Set([...refusedBackupOptions, 'all', 'exclude', 'pool', 'vmid']);

/** Separated by blanks, in quotes where they hold some. */
function pathsOf(value: string): string[] {
  const words = value.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}
