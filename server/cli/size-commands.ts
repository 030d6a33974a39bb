// `croft size`: named sizes of new guests.
import type { Command } from 'commander';
import { gibibyte, mebibyte } from '../core/units.ts';
import { renderBytes, renderTable } from './render.ts';
import type { Session } from './session.ts';

interface SizeLine {
  readonly id: string;
  readonly kind: 'qemu' | 'lxc';
  readonly name?: string;
  readonly cores: number;
  readonly memory: number;
  readonly disk: number;
  readonly description?: string;
}

interface SizeOptions {
  readonly id?: string;
  readonly name?: string;
  readonly cores?: string;
  readonly memory?: string;
  readonly disk?: string;
  readonly description?: string;
  readonly position?: string;
}

const path = '/cluster/guest-sizes';
const at = (id: string) => `${path}/${encodeURIComponent(id)}`;
const kinds: Readonly<Record<string, string>> = { vm: 'qemu', ct: 'lxc' };

/** Adds the group `size`. */
export function addSizeCommands(program: Command, session: () => Session): void {
  const group = program.command('size').description('named sizes that fill the fields of new guests');
  const withFields = (command: Command) =>
    command
      .option('--cores <number>')
      .option('--memory <MiB>')
      .option('--disk <GiB>')
      .option('--description <text>')
      .option('--position <number>', 'its place among those of its kind, from 0');

  group
    .command('list')
    .alias('ls')
    .description('all sizes, in their order')
    .action(async () => {
      const sizes = await session().client.call<SizeLine[]>('GET', path);
      session().answer(sizes, () =>
        renderTable(
          sizes,
          [
            { title: 'ID', value: (size) => size.id },
            { title: 'FOR', value: (size) => (size.kind === 'qemu' ? 'vm' : 'ct') },
            { title: 'NAME', value: (size) => size.name ?? '' },
            { title: 'CORES', value: (size) => String(size.cores) },
            { title: 'MEMORY', value: (size) => renderBytes(size.memory * mebibyte) },
            { title: 'DISK', value: (size) => renderBytes(size.disk * gibibyte) },
            { title: 'DESCRIPTION', value: (size) => size.description ?? '' },
          ],
          { none: 'no sizes' },
        ),
      );
    });

  withFields(
    group
      .command('add')
      .description('add a size; cores, memory and disk are needed')
      .argument('<kind>', 'vm or ct')
      .argument('<name>'),
  )
    .option('--id <id>', 'made up when left out')
    .action(async (kind: string, name: string, options: SizeOptions) => {
      const params = { ...options, kind: kinds[kind] ?? kind, name };
      const id = await session().client.call<string>('POST', path, params);
      session().answer(id, () => `${id}\n`);
    });

  withFields(group.command('set').description('change a size, or its place').argument('<id>'))
    .option('--name <text>')
    .action(async (id: string, options: SizeOptions) => {
      await session().client.call('PUT', at(id), { ...options });
    });

  group
    .command('delete')
    .alias('rm')
    .description('remove a size; guests made of it stay as they are')
    .argument('<id>')
    .action(async (id: string) => {
      await session().client.call('DELETE', at(id));
    });

  group
    .command('reset')
    .description('go back to the sizes that come with the system')
    .action(async () => {
      await session().confirm('All sizes that were added or changed will be gone.');
      await session().client.call('DELETE', path);
    });
}
