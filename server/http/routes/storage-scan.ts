// Routes of what a new storage can be made of: the types that there are, and the looks for exports, shares, targets and volume groups.
import type { PluginDeclaration } from '../../../storage-plugins/plugin.ts';
import { listScans, scanCifs, scanIscsi, scanLvm, scanLvmThin, scanNfs } from '../../contract/node-scan.ts';
import { flag } from '../../contract/reply.ts';
import { createStorage } from '../../contract/storage.ts';
import { listStorageTypes, type StorageType } from '../../contract/storage-types.ts';
import { quietContext } from '../../core/work-context.ts';
import { limitScans, type StorageScans } from '../../storage/storage-scans.ts';
import { type Route, route } from '../route.ts';

export interface StorageScanParts {
  readonly scans: StorageScans;
  /** Of the plugins of this node. */
  readonly types: () => readonly PluginDeclaration[];
}

export function storageScanRoutes({ scans, types }: StorageScanParts): Route[] {
  const limited = limitScans(scans);
  return [
    route(listStorageTypes, () => types().map(renderType)),
    route(listScans, () => ['cifs', 'iscsi', 'lvm', 'lvmthin', 'nfs'].map((method) => ({ method }))),
    route(scanNfs, ({ params, signal }) => limited.nfs(quietContext(signal), params.server)),
    route(scanCifs, ({ params: { node: _node, ...question }, signal }) =>
      limited.cifs(quietContext(signal), question),
    ),
    route(scanIscsi, ({ params, signal }) => limited.iscsi(quietContext(signal), params.portal)),
    route(scanLvm, ({ signal }) => limited.volumeGroups(quietContext(signal))),
    route(scanLvmThin, ({ params, signal }) => limited.thinPools(quietContext(signal), params.vg)),
  ];
}

function renderType(declaration: PluginDeclaration): StorageType {
  return {
    type: declaration.type,
    options: declaration.options.map(({ choices, required, fixed, ...option }) => ({
      ...option,
      ...(Object.hasOwn(createStorage.params.shape, option.name) ? {} : { apart: flag(true) }),
      ...(choices === undefined ? {} : { choices: [...choices] }),
      required: flag(required),
      fixed: flag(fixed),
    })),
    content: [...declaration.contents],
    'image-formats': [...declaration.imageFormats],
    'root-formats': [...declaration.rootFormats],
    shared: flag(declaration.shared),
    programs: declaration.programs.map((one) => ({ ...one })),
    capabilities: declaration.capabilities.map(({ feature, formats, states, live }) => ({
      feature,
      formats: [...formats],
      states: [...states],
      live: flag(live),
    })),
  };
}
