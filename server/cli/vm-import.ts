// `croft vm import` and `disk-import`: a VM of an appliance, a disk image or a configuration file; a disk of an image.
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ImportMetadata } from '../contract/node-storage-import.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';
import { finish, isSuccess, isUpid, watchTask } from './follow-task.ts';
import { makeGuest, newGuestNumber } from './guest-commands.ts';
import { renderTable } from './render.ts';
import type { Session } from './session.ts';
import { contentOfName, sendFile } from './upload.ts';

interface ImportOptions {
  readonly upload: string;
  readonly storage?: string;
  readonly bridge: string;
  readonly name?: string;
  readonly format?: string;
  readonly start?: boolean;
  readonly show?: boolean;
}

interface DiskOptions {
  readonly upload: string;
  readonly disk?: string;
  readonly format?: string;
}

const help = `
Files are uploaded first; what is on a storage already is named as there (local:import/box.ova). Several
files belong together: a .ovf with its disks, or a .conf of Proxmox VE with its images, described by the
.ova, .ovf or .conf among them. What is not taken over is told.

Examples:
  croft vm import next box.ova
  croft vm import 120 local:import/box.ova --storage fast --bridge vmbr1
  croft vm import 121 100.conf vm-100-disk-0.qcow2
  croft vm import next box.ova --show`;

/** Adds the commands to the group `vm`. */
export function addVmImport(group: Command, session: () => Session): void {
  group
    .command('import')
    .description('make a VM of an appliance (.ova, .ovf), a disk image or a .conf of Proxmox VE')
    .argument('<vmid>', "number of the new one, or 'next'")
    .argument('<files...>', 'files here, or volumes of a storage')
    .option('--upload <storage>', 'where files are uploaded to', 'local')
    .option('--storage <storage>', 'where the disks go; where the files are when left out')
    .option('--bridge <bridge>', 'of its network cards', 'vmbr0')
    .option('--name <name>', 'name of the VM; as the files say when left out')
    .option('--format <format>', 'raw or qcow2, of its disks')
    .option('--start', 'start it once it is made')
    .option('--show', 'only tell what it would be')
    .addHelpText('after', help)
    .action((vmid: string, files: string[], options: ImportOptions) =>
      importVm(session(), vmid, files, options),
    );

  group
    .command('disk-import')
    .alias('importdisk')
    .description('give a VM a new disk, a copy of an image')
    .argument('<vm>', 'number or name')
    .argument('<source>', 'a file here, or a volume (local:import/disk.vmdk)')
    .argument('<storage>', 'where the new disk goes')
    .option('--upload <storage>', 'where a file is uploaded to', 'local')
    .option('--disk <key>', 'scsi1, virtio0, ...; the next free scsi when left out')
    .option('--format <format>', 'raw or qcow2')
    .action((vm: string, source: string, storage: string, options: DiskOptions) =>
      importDisk(session(), vm, source, storage, options),
    );
}

async function importVm(
  session: Session,
  vmid: string,
  files: readonly string[],
  options: ImportOptions,
): Promise<void> {
  for (const file of files) requireImportable(file);
  const described = files.filter((file) => /\.(ova|ovf|conf)$/i.test(file));
  const [chosen, ...more] = described.length > 0 ? described : files;
  if (chosen === undefined || more.length > 0)
    throw invalidInput({ files: 'give one .ova, .ovf or .conf with its images, or one image' });
  const number = options.show ? '' : await newGuestNumber(session, vmid === 'next' ? undefined : vmid);
  let volume = chosen;
  for (const file of files) {
    const there = await onStorage(session, file, options.upload);
    if (file === chosen) volume = there;
  }
  const at = splitVolumeId(volume);
  const storage = at?.storage ?? options.upload;
  const node = encodeURIComponent(await session.node());
  const path = `/nodes/${node}/storage/${encodeURIComponent(storage)}/import-metadata`;
  const found = await session.client.call<ImportMetadata>('GET', path, { volume });
  if (options.show) return session.answer(found, () => renderReport(found));
  if (!session.json) session.say(renderReport(found));
  const target = options.storage ?? storage;
  const drives = Object.entries(found.disks).map(([key, from]) => {
    // What the firmware and the TPM keep has one format only.
    const more = found['disk-options']?.[key] ?? (options.format && `format=${options.format}`);
    return [key, [`${target}:0,import-from=${from}`, more].filter(Boolean).join(',')];
  });
  const cards = Object.entries(found.net).map(([key, fields]) => [
    key,
    renderCard({ ...fields, bridge: options.bridge }),
  ]);
  const params = {
    ...found['create-args'],
    ...Object.fromEntries([...drives, ...cards]),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.start ? { start: 1 } : {}),
    vmid: number,
  } as Record<string, string | number>;
  await makeGuest(session, 'qemu', `/nodes/${node}/qemu`, params, number);
}

async function importDisk(
  session: Session,
  reference: string,
  source: string,
  storage: string,
  { upload, disk, format }: DiskOptions,
): Promise<void> {
  requireImportable(source);
  const { path, vmid } = await session.guest(reference, 'qemu');
  const key = disk ?? (await freeScsi(session, path));
  const from = await onStorage(session, source, upload);
  const text = `${storage}:0${format === undefined ? '' : `,format=${format}`},import-from=${from}`;
  await finish(session, await session.client.call('POST', `${path}/config`, { [key]: text }), {
    vmid,
    disk: key,
  });
}

async function freeScsi(session: Session, path: string): Promise<string> {
  const config = await session.client.call<Record<string, unknown>>('GET', `${path}/config`);
  for (let at = 0; at < 31; at += 1) if (config[`scsi${at}`] === undefined) return `scsi${at}`;
  throw new AppError('invalid-input', 'no scsi key is free: say which with --disk');
}

function isVolume(source: string): boolean {
  return /^[a-z][a-z0-9._-]*[a-z0-9]:[^/]/i.test(source) && splitVolumeId(source) !== undefined;
}

/** Before anything is uploaded. */
function requireImportable(file: string): void {
  if (!isVolume(file) && contentOfName(basename(file)) !== 'import')
    throw invalidInput({ files: `'${file}' is none of .ova, .ovf, .conf, .qcow2, .raw, .vmdk, .vhdx, .vhd` });
}

/** The file's volume id; uploads it when it is here. */
async function onStorage(session: Session, source: string, storage: string): Promise<string> {
  if (isVolume(source)) return source;
  if (!session.json) session.say(`uploading ${source}`);
  // A name that storages take as it is.
  const name = basename(source).replace(/[^A-Za-z0-9_.+-]/gu, '_');
  const answer = await sendFile(session, storage, source, { type: 'import', name });
  if (isUpid(answer)) {
    const exitStatus = await watchTask(session, answer);
    if (!isSuccess(exitStatus))
      throw new AppError('command-failed', `${source} was not taken: ${exitStatus}`, {
        data: { upid: answer },
      });
  }
  return `${storage}:import/${name}`;
}

function renderCard({ model = 'virtio', ...rest }: Readonly<Record<string, string>>): string {
  return [`model=${model}`, ...Object.entries(rest).map(([key, value]) => `${key}=${value}`)].join(',');
}

function renderReport({ report, warnings }: ImportMetadata): string {
  const words: Partial<Record<ImportMetadata['warnings'][number]['type'], string>> = {
    'efi-state-lost': 'settings of its UEFI firmware stay behind',
    'cdrom-image-ignored': 'the image in its CD drive stays behind',
    'nvme-unsupported': 'its NVMe disks are on SATA',
    'serial-port-socket-only': "add serial0=socket for a serial port, and see it with 'croft vm console'",
  };
  const table = renderTable(
    report,
    [
      { title: 'FOUND', value: (line) => line.item },
      { title: 'VALUE', value: (line) => line.value ?? '' },
      { title: 'BECOMES', value: (line) => (line.mapped === 1 ? (line.key ?? 'taken') : 'nothing') },
      { title: '', value: (line) => line.note ?? '' },
    ],
    { none: 'it says nothing of a VM' },
  );
  const told = warnings.flatMap(({ type, key }) =>
    words[type] ? [`${key ?? 'note'}: ${words[type]}\n`] : [],
  );
  return `${table}${told.join('')}`;
}
