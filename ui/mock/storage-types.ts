// The storage types that the mock knows, as the daemon's plugins declare them.
import type { StorageType, StorageTypeOption } from '../../server/contract/storage-types.ts';

type Option = Partial<StorageTypeOption> & Pick<StorageTypeOption, 'name'>;
const option = (given: Option): StorageTypeOption => ({
  ...{ type: 'string', required: 0, fixed: 0, description: `What ${given.name} is for.` },
  ...given,
});
const needed = (name: string, more: Partial<StorageTypeOption> = {}): Option => ({
  ...{ name, required: 1, fixed: 1 },
  ...more,
});
const common: readonly Option[] = [
  { name: 'content', type: 'content-list' },
  { name: 'nodes', type: 'node-list' },
  { name: 'disable', type: 'boolean' },
  { name: 'bwlimit' },
];
const files = ['images', 'rootdir', 'iso', 'vztmpl', 'import', 'snippets', 'backup'];
const folders: readonly Option[] = [
  { name: 'create-base-path', type: 'boolean' },
  { name: 'create-subdirs', type: 'boolean' },
  { name: 'preallocation', type: 'choice', choices: ['off', 'metadata', 'falloc', 'full'] },
];
const shared: Option = { name: 'shared', type: 'boolean' };

function typeOf(
  type: string,
  options: readonly Option[],
  more: Partial<Omit<StorageType, 'type' | 'options'>> = {},
): StorageType {
  return {
    type,
    options: [...options, ...common].map(option),
    content: files,
    'image-formats': ['qcow2', 'raw'],
    'root-formats': ['subvol', 'raw'],
    shared: 0,
    programs: [],
    capabilities: [
      { feature: 'snapshot', formats: ['qcow2'], states: ['current'], live: 1 },
      { feature: 'linked-clone', formats: ['qcow2', 'raw'], states: ['base', 'snapshot'], live: 0 },
      { feature: 'template', formats: ['qcow2', 'raw'], states: ['current'], live: 0 },
      { feature: 'resize', formats: ['qcow2'], states: ['current'], live: 1 },
      { feature: 'resize', formats: ['raw'], states: ['current'], live: 1 },
      { feature: 'copy', formats: ['qcow2', 'raw'], states: ['current', 'snapshot', 'base'], live: 0 },
    ],
    ...more,
  };
}

const blocks = { content: ['images', 'rootdir'], 'image-formats': ['raw'], 'root-formats': ['raw'] };

export const mockStorageTypes: readonly StorageType[] = [
  typeOf('btrfs', [needed('path', { type: 'path' }), { name: 'nocow', type: 'boolean' }]),
  typeOf(
    'cifs',
    [
      ...[needed('server'), needed('share'), { name: 'username' }, { name: 'domain' }],
      ...[
        { name: 'password', type: 'secret' as const },
        { name: 'subdir', fixed: 1 as const },
      ],
      { name: 'smbversion', type: 'choice', choices: ['default', '3', '3.0', '3.11'] },
      ...folders,
    ],
    { shared: 1, programs: [{ program: 'mount.cifs', package: 'cifs-utils' }] },
  ),
  typeOf('dir', [needed('path', { type: 'path' }), shared, { name: 'is_mountpoint' }, ...folders]),
  typeOf('iscsi', [needed('portal'), needed('target')], {
    ...blocks,
    content: ['images'],
    shared: 1,
    capabilities: [],
    programs: [{ program: 'iscsiadm', package: 'open-iscsi' }],
  }),
  typeOf(
    'lvm',
    [needed('vgname'), { name: 'base', fixed: 1 }, shared, { name: 'saferemove', type: 'boolean' }],
    { ...blocks, programs: [{ program: 'lvs', package: 'lvm2' }] },
  ),
  typeOf('lvmthin', [needed('vgname'), needed('thinpool')], {
    ...blocks,
    programs: [{ program: 'lvs', package: 'lvm2' }],
  }),
  typeOf('nfs', [needed('server'), needed('export'), { name: 'options' }, ...folders], {
    shared: 1,
    programs: [{ program: 'mount.nfs', package: 'nfs-common' }],
  }),
];
