// All methods of containers that this version has.
import { lxcConfigMethods } from './lxc-config.ts';
import { lxcConsoleMethods } from './lxc-console.ts';
import { lxcInsideMethods } from './lxc-inside.ts';
import { lxcSnapshotMethods } from './lxc-snapshot.ts';
import { lxcStatusMethods } from './lxc-status.ts';

export const lxcMethods = [
  ...lxcStatusMethods,
  ...lxcConfigMethods,
  ...lxcSnapshotMethods,
  ...lxcConsoleMethods,
  ...lxcInsideMethods,
] as const;
