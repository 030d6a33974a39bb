// What a VM made of a file of content `import` would be: an appliance, a disk image, or a configuration file.
import type { ImportDescription } from '../../../storage-plugins/plugin.ts';
import type { ImportMetadata } from '../../contract/node-storage-import.ts';
import { AppError } from '../../core/errors.ts';
import { mapConf } from './map-conf.ts';
import { mapOvf } from './map-ovf.ts';
import { readOvf } from './ovf-system.ts';
import { vmNameOf } from './report.ts';

/** `volume` is its name on the storage: `import/box.ova`. `invalid-input` for a description that cannot be read. */
export function importMetadataOf(
  storage: string,
  volume: string,
  description: ImportDescription,
): ImportMetadata {
  try {
    const found = metadataOf(volume, description);
    const disks = Object.entries(found.disks).map(([key, name]) => [key, `${storage}:${name}`] as const);
    return { ...found, disks: Object.fromEntries(disks) };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid-input', 'the description is refused: it cannot be read', { cause: error });
  }
}

function metadataOf(volume: string, description: ImportDescription): ImportMetadata {
  switch (description.kind) {
    case 'ova':
    case 'ovf':
      return mapOvf(readOvf(description.text), description.kind, description.members);
    case 'conf':
      return mapConf(description.text, description.members);
    case 'image':
      return ofImage(volume);
  }
}

/** A disk alone says nothing of its VM: a name by its file, and a place that most systems have a driver for. */
function ofImage(volume: string): ImportMetadata {
  const fileName = volume.replace(/^.*\//, '');
  const name = vmNameOf(fileName.replace(/\.[a-z0-9]+$/, ''));
  return {
    ...{ type: 'vm', source: 'esxi', format: 'image', warnings: [], net: {} },
    'create-args': {
      ...(name === undefined ? {} : { name }),
      scsihw: 'virtio-scsi-single',
      boot: 'order=scsi0',
    },
    disks: { scsi0: volume },
    report: [{ item: 'disk', what: { code: 'disk-image' }, value: fileName, mapped: 1, key: 'scsi0' }],
  };
}
