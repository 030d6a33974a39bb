// `croft ct snapshot`: moments of a container to go back to.
import type { Command } from 'commander';
import { finish } from './follow-task.ts';
import { renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

interface SnapshotLine {
  readonly name: string;
  readonly description?: string;
  readonly parent?: string;
  readonly snaptime?: number;
}

/** Adds `snapshot` with its own commands to the group `ct`. */
export function addCtSnapshots(group: Command, session: () => Session): void {
  const snapshots = group.command('snapshot').description('moments of a container to go back to');
  const pathOf = async (ct: string, name?: string) => {
    const { path, vmid } = await session().guest(ct, 'lxc');
    return { path: `${path}/snapshot${name === undefined ? '' : `/${encodeURIComponent(name)}`}`, vmid };
  };

  snapshots
    .command('list')
    .alias('ls')
    .description('all of a container')
    .argument('<ct>', 'number or name')
    .action(async (ct: string) => {
      const { path } = await pathOf(ct);
      const lines = await session().client.call<SnapshotLine[]>('GET', path);
      session().answer(lines, () =>
        renderTable(
          lines,
          [
            { title: 'NAME', value: (line) => line.name },
            { title: 'TAKEN', value: (line) => (line.snaptime ? renderTime(line.snaptime) : 'now') },
            { title: 'AFTER', value: (line) => line.parent ?? '' },
            { title: 'DESCRIPTION', value: (line) => (line.description ?? '').split('\n')[0] ?? '' },
          ],
          { none: 'no snapshots' },
        ),
      );
    });

  snapshots
    .command('take')
    .description('take one')
    .argument('<ct>', 'number or name')
    .argument('<name>', 'letters, digits, _ and -')
    .option('--description <text>', 'what it is for')
    .action(async (ct: string, name: string, { description }: { description?: string }) => {
      const { path, vmid } = await pathOf(ct);
      const params = { snapname: name, ...(description === undefined ? {} : { description }) };
      await finish(session(), await session().client.call('POST', path, params), { vmid });
    });

  snapshots
    .command('rollback')
    .description('take the container back to it: what came after is lost')
    .argument('<ct>', 'number or name')
    .argument('<name>', 'of the snapshot')
    .option('--start', 'start it then')
    .action(async (ct: string, name: string, { start }: { start?: boolean }) => {
      const { path, vmid } = await pathOf(ct, name);
      await session().confirm(`Everything that CT ${vmid} wrote since '${name}' will be lost.`);
      const answer = await session().client.call('POST', `${path}/rollback`, start ? { start: 1 } : {});
      await finish(session(), answer, { vmid });
    });

  snapshots
    .command('delete')
    .alias('rm')
    .description('forget one')
    .argument('<ct>', 'number or name')
    .argument('<name>', 'of the snapshot')
    .action(async (ct: string, name: string) => {
      const { path, vmid } = await pathOf(ct, name);
      await session().confirm(`The snapshot '${name}' of CT ${vmid} will be lost.`);
      await finish(session(), await session().client.call('DELETE', path), { vmid });
    });
}
