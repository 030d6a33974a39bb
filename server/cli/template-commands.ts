// `croft template`: container templates that there are, and those that can be made.
import type { Command } from 'commander';
import { finish } from './follow-task.ts';
import { renderBytes, renderTable } from './render.ts';
import type { Session } from './session.ts';

interface Entry {
  readonly template: string;
  readonly package: string;
  readonly headline: string;
  readonly build: number;
  readonly available: number;
  readonly problem?: string;
}

interface Volume {
  readonly volid: string;
  readonly size?: number;
}

/** Adds the group `template`. */
export function addTemplateCommands(program: Command, session: () => Session): void {
  const group = program.command('template').description('container templates');
  const nodePath = async () => `/nodes/${encodeURIComponent(await session().node())}`;

  group
    .command('list')
    .alias('ls')
    .description('what is on the storages')
    .action(async () => {
      const base = `${await nodePath()}/storage`;
      const storages = await session().client.call<{ storage: string; active?: number }[]>('GET', base, {
        content: 'vztmpl',
      });
      const volumes: Volume[] = [];
      for (const { storage, active } of storages)
        if (active !== 0)
          volumes.push(
            ...(await session().client.call<Volume[]>(
              'GET',
              `${base}/${encodeURIComponent(storage)}/content`,
              { content: 'vztmpl' },
            )),
          );
      session().answer(volumes, () =>
        renderTable(
          volumes,
          [
            { title: 'VOLUME', value: (volume) => volume.volid },
            { title: 'SIZE', value: (volume) => renderBytes(volume.size), right: true },
          ],
          { none: "no templates; 'croft template catalogue' shows what can be made" },
        ),
      );
    });

  group
    .command('catalogue')
    .description('what can be built or downloaded')
    .action(async () => {
      const entries = await session().client.call<Entry[]>('GET', `${await nodePath()}/aplinfo`);
      session().answer(entries, () =>
        renderTable(
          entries,
          [
            { title: 'NAME', value: (entry) => entry.package },
            { title: 'HOW', value: (entry) => (entry.build === 1 ? 'built here' : 'downloaded') },
            { title: 'WHAT', value: (entry) => entry.headline },
            { title: 'PROBLEM', value: (entry) => entry.problem ?? '' },
          ],
          { none: 'nothing' },
        ),
      );
    });

  group
    .command('build')
    .description('make one of the catalogue: built from its distribution’s packages, or downloaded')
    .argument('<name>', 'debian-13, or a whole name of the catalogue')
    .option('--storage <storage>', 'where to', 'local')
    .action(async (name: string, { storage }: { storage: string }) => {
      const answer = await session().client.call('POST', `${await nodePath()}/aplinfo`, {
        ...{ storage, template: name },
      });
      await finish(session(), answer);
    });
}
