// The options that every type of storage has, and those of types that hold backups, for plugins to take into their declaration.
import type { OptionDeclaration } from './plugin.ts';

/** Of types that hold backups. */
export const backupOptions: readonly OptionDeclaration[] = [
  {
    name: 'prune-backups',
    type: 'string',
    required: false,
    fixed: false,
    description:
      'How many backups of a guest stay: keep-last=, keep-hourly=, keep-daily=, keep-weekly=, keep-monthly=, keep-yearly=, or keep-all=1.',
  },
  {
    name: 'max-protected-backups',
    type: 'integer',
    required: false,
    fixed: false,
    description: 'How many backups of a guest may be protected; -1 for no limit.',
  },
];

export const commonOptions: readonly OptionDeclaration[] = [
  {
    name: 'content',
    type: 'content-list',
    required: false,
    fixed: false,
    description: 'What may be kept here: a list of content kinds.',
  },
  {
    name: 'nodes',
    type: 'node-list',
    required: false,
    fixed: false,
    description: 'The nodes that may use it; all without it.',
  },
  {
    name: 'disable',
    type: 'boolean',
    required: false,
    fixed: false,
    description: 'Keep the configuration but do not use the storage.',
  },
  {
    name: 'bwlimit',
    type: 'string',
    required: false,
    fixed: false,
    description:
      "How fast copies may go, in KiB per second: clone=, move=, restore=, migration=, default=, instead of the datacenter's limits; 0 for none.",
  },
];
