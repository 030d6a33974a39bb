// `croft vm clone`, `make-image`, `template`, `resize`, `move` and `give`: other VMs of a VM, and its disks larger or elsewhere.
import type { Command } from 'commander';
import { AppError, invalidInput } from '../core/errors.ts';
import { finish, isSuccess, watchTask } from './follow-task.ts';
import { makeGuest, newGuestNumber } from './guest-commands.ts';
import type { Session } from './session.ts';

interface CloneOptions {
  readonly name?: string;
  readonly description?: string;
  readonly full?: boolean;
  readonly snapshot?: string;
  readonly storage?: string;
  readonly format?: string;
  readonly pool?: string;
  readonly bwlimit?: string;
}

/** Adds the commands to the group `vm`. */
export function addVmCopies(group: Command, session: () => Session): void {
  group
    .command('clone')
    .description('make a VM like another one; linked from a template')
    .argument('<vm>', 'number or name')
    .argument('[newid]', 'number of the new one; the next free one when left out')
    .option('--name <name>', 'name of the new one')
    .option('--description <text>', "notes of the new one; the source's when left out")
    .option('--full', 'depend on nothing, also from a template')
    .option('--snapshot <name>', 'like it was then')
    .option('--storage <storage>', 'where its disks go')
    .option('--format <format>', 'raw or qcow2, of its disks')
    .option('--pool <pool>', 'where the new one belongs')
    .option('--bwlimit <speed>', 'of a full clone: at most so many KiB per second')
    .action((vm: string, newid: string | undefined, options: CloneOptions) =>
      cloneVm(session(), vm, newid, options),
    );

  group
    .command('make-image')
    .description('make a template like a VM, which goes on as it is: a full clone of which others are made')
    .argument('<vm>', 'number or name')
    .argument('[newid]', 'number of the template; the next free one when left out')
    .option('--name <name>', 'name of the template')
    .option('--description <text>', "notes of the template; the source's when left out")
    .option('--snapshot <name>', 'like it was then')
    .option('--storage <storage>', 'where its disks go')
    .option('--format <format>', 'raw or qcow2, of its disks')
    .option('--pool <pool>', 'where the template belongs')
    .action((vm: string, newid: string | undefined, options: CloneOptions) =>
      makeImage(session(), vm, newid, options),
    );

  group
    .command('resize')
    .description('grow a disk, also of a VM that runs')
    .argument('<vm>', 'number or name')
    .argument('<disk>', 'scsi0, virtio0, ...')
    .argument('<size>', '16G, or +4G for that much more')
    .action(async (vm: string, disk: string, size: string) => {
      const { path, vmid } = await session().guest(vm, 'qemu');
      await finish(session(), await session().client.call('PUT', `${path}/resize`, { disk, size }), { vmid });
    });

  group
    .command('template')
    .description('make a template of a VM: it runs no more, and is there to be cloned')
    .argument('<vm>', 'number or name')
    .option('--disk <disk>', 'make only this disk, scsi0, one to be cloned from')
    .action(async (vm: string, { disk }: { disk?: string }) => {
      const { path, vmid } = await session().guest(vm, 'qemu');
      await session().confirm(`VM ${vmid} becomes a template and cannot be started any more.`);
      const params = disk === undefined ? {} : { disk };
      await finish(session(), await session().client.call('POST', `${path}/template`, params), { vmid });
    });

  group
    .command('move')
    .description('copy a disk to another storage or format; a VM that runs goes on, on the copy')
    .argument('<vm>', 'number or name')
    .argument('<disk>', 'scsi0, efidisk0, unused0, ...')
    .argument('[storage]', 'where to; where it is when only the format changes')
    .option('--format <format>', 'raw or qcow2')
    .option('--delete', 'remove the original; else it stays as an unused disk')
    .option('--bwlimit <speed>', 'at most so many KiB per second')
    .action(
      async (
        vm: string,
        disk: string,
        storage: string | undefined,
        options: { format?: string; delete?: boolean; bwlimit?: string },
      ) => {
        const { path, vmid } = await session().guest(vm, 'qemu');
        const params = {
          disk,
          ...(storage === undefined ? {} : { storage }),
          ...(options.format === undefined ? {} : { format: options.format }),
          ...(options.delete ? { delete: 1 } : {}),
          ...(options.bwlimit === undefined ? {} : { bwlimit: options.bwlimit }),
        };
        await finish(session(), await session().client.call('POST', `${path}/move_disk`, params), { vmid });
      },
    );

  group
    .command('give')
    .description('give a disk to another VM')
    .argument('<vm>', 'number or name')
    .argument('<disk>', 'scsi1, unused0, ...')
    .argument('<target>', 'number or name of the other VM')
    .argument('[target-disk]', 'what it is there; the same when left out')
    .action(async (vm: string, disk: string, target: string, targetDisk: string | undefined) => {
      const { path, vmid } = await session().guest(vm, 'qemu');
      const other = await session().guest(target, 'qemu');
      const params = {
        disk,
        'target-vmid': other.vmid,
        ...(targetDisk === undefined ? {} : { 'target-disk': targetDisk }),
      };
      await finish(session(), await session().client.call('POST', `${path}/move_disk`, params), { vmid });
    });
}

async function cloneVm(
  session: Session,
  reference: string,
  newid: string | undefined,
  { full, snapshot, ...options }: CloneOptions,
): Promise<void> {
  const { path } = await session.guest(reference, 'qemu');
  const id = await newGuestNumber(session, newid, 'newid');
  const params = {
    ...options,
    newid: id,
    ...(full ? { full: 1 } : {}),
    ...(snapshot === undefined ? {} : { snapname: snapshot }),
  };
  await makeGuest(session, 'qemu', `${path}/clone`, params, id);
}

/** Two tasks, one after the other. */
async function makeImage(
  session: Session,
  reference: string,
  newid: string | undefined,
  { snapshot, full: _, ...options }: CloneOptions,
): Promise<void> {
  if (!session.wait)
    throw invalidInput({ '--no-wait': 'leave it out: an image is made by two tasks, one after the other' });
  const { path } = await session.guest(reference, 'qemu');
  const id = await newGuestNumber(session, newid, 'newid');
  const params = {
    ...options,
    newid: id,
    full: 1,
    ...(snapshot === undefined ? {} : { snapname: snapshot }),
  };
  const ended = await watchTask(session, await session.client.call<string>('POST', `${path}/clone`, params));
  if (!isSuccess(ended)) throw new AppError('command-failed', ended);
  const made = path.replace(/\d+$/, id);
  await finish(session, await session.client.call('POST', `${made}/template`), { vmid: Number(id) });
  if (!session.json) session.say(`VM ${id} is a template`);
}
