// Options that the storage types on volume groups share.
import type { OptionDeclaration } from '../plugin.ts';

export const groupOption: OptionDeclaration = {
  name: 'vgname',
  type: 'string',
  required: true,
  fixed: true,
  description: 'The volume group.',
};

export const taggedOnlyOption: OptionDeclaration = {
  name: 'tagged_only',
  type: 'boolean',
  required: false,
  fixed: false,
  description: "Use only volumes that are tagged with their guest ('pve-vm-100').",
};

export const lvmPrograms = [
  ...['lvs', 'vgs', 'lvcreate', 'lvchange', 'lvremove', 'lvrename', 'lvextend'].map((program) => ({
    program,
    package: 'lvm2',
  })),
  { program: 'qemu-img', package: 'qemu-utils' },
  { program: 'blkdiscard', package: 'util-linux' },
] as const;
