// `croft vm snapshot`, `croft ct snapshot`: moments of a guest to go back to.
import type { Command } from 'commander';
import type { GuestKind } from '../contract/guest-actions.ts';
import { finish } from './follow-task.ts';
import { renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

interface SnapshotLine {
  readonly name: string;
  readonly description?: string;
  readonly parent?: string;
  readonly snaptime?: number;
  readonly vmstate?: number;
}

/** Adds `snapshot` with its own commands to the group `vm` or `ct`. */
export function addSnapshots(group: Command, session: () => Session, kind: GuestKind): void {
  const isVm = kind === 'qemu';
  const argument = isVm ? '<vm>' : '<ct>';
  const noun = isVm ? 'VM' : 'container';
  const label = isVm ? 'VM' : 'CT';
  const snapshots = group.command('snapshot').description(`moments of a ${noun} to go back to`);
  const pathOf = async (guest: string, name?: string) => {
    const { path, vmid } = await session().guest(guest, kind);
    return { path: `${path}/snapshot${name === undefined ? '' : `/${encodeURIComponent(name)}`}`, vmid };
  };

  snapshots
    .command('list')
    .alias('ls')
    .description(`all of a ${noun}`)
    .argument(argument, 'number or name')
    .action(async (guest: string) => {
      const { path } = await pathOf(guest);
      const lines = await session().client.call<SnapshotLine[]>('GET', path);
      session().answer(lines, () =>
        renderTable(
          lines,
          [
            { title: 'NAME', value: (line) => line.name },
            { title: 'TAKEN', value: (line) => (line.snaptime ? renderTime(line.snaptime) : 'now') },
            { title: 'AFTER', value: (line) => line.parent ?? '' },
            ...(isVm
              ? [{ title: 'MEMORY', value: (line: SnapshotLine) => (line.vmstate ? 'yes' : '') }]
              : []),
            { title: 'DESCRIPTION', value: (line) => (line.description ?? '').split('\n')[0] ?? '' },
          ],
          { none: 'no snapshots' },
        ),
      );
    });

  const take = snapshots
    .command('take')
    .description('take one')
    .argument(argument, 'number or name')
    .argument('<name>', 'letters, digits, _ and -')
    .option('--description <text>', 'what it is for')
    .action(async (guest: string, name: string, options: { description?: string; memory?: boolean }) => {
      const { path, vmid } = await pathOf(guest);
      const { description, memory } = options;
      const params = {
        snapname: name,
        ...(description === undefined ? {} : { description }),
        ...(memory ? { vmstate: 1 } : {}),
      };
      await finish(session(), await session().client.call('POST', path, params), { vmid });
    });
  if (isVm) take.option('--memory', 'with what its memory holds, when it runs');

  snapshots
    .command('rollback')
    .description(`take the ${noun} back to it: what came after is lost`)
    .argument(argument, 'number or name')
    .argument('<name>', 'of the snapshot')
    .option('--start', 'start it then')
    .action(async (guest: string, name: string, { start }: { start?: boolean }) => {
      const { path, vmid } = await pathOf(guest, name);
      await session().confirm(`Everything that ${label} ${vmid} wrote since '${name}' will be lost.`);
      const answer = await session().client.call('POST', `${path}/rollback`, start ? { start: 1 } : {});
      await finish(session(), answer, { vmid });
    });

  snapshots
    .command('delete')
    .alias('rm')
    .description('forget one')
    .argument(argument, 'number or name')
    .argument('<name>', 'of the snapshot')
    .action(async (guest: string, name: string) => {
      const { path, vmid } = await pathOf(guest, name);
      await session().confirm(`The snapshot '${name}' of ${label} ${vmid} will be lost.`);
      await finish(session(), await session().client.call('DELETE', path), { vmid });
    });
}
