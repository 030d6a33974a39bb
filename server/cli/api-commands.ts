// `croft api`: any method of the API by its path, for what has no command of its own.
import type { Command } from 'commander';
import type { Verb } from '../contract/method.ts';
import { invalidInput } from '../core/errors.ts';
import { finish, isUpid } from './follow-task.ts';
import { readKeyValues } from './key-values.ts';
import { renderAnswer } from './render.ts';
import type { Session } from './session.ts';

const verbs: readonly { name: string; verb: Verb; description: string }[] = [
  { name: 'get', verb: 'GET', description: 'read' },
  { name: 'create', verb: 'POST', description: 'create, or act' },
  { name: 'set', verb: 'PUT', description: 'change' },
  { name: 'delete', verb: 'DELETE', description: 'delete' },
];

const help = `
Examples:
  croft api get /nodes
  croft api get /cluster/resources --type vm --json
  croft api set /nodes/pve1/qemu/100/config --memory 4096
All paths: /api2/docs of the web interface.`;

/** Adds the group `api`. */
export function addApiCommands(program: Command, session: () => Session): void {
  const group = program.command('api').description('any method of the API').addHelpText('after', help);
  for (const { name, verb, description } of verbs)
    group
      .command(name)
      .description(`${description} (${verb})`)
      .argument('<path>', 'as in the documentation of the API: /nodes')
      .allowUnknownOption()
      .allowExcessArguments()
      .usage('<path> [--key value]...')
      .action((path: string, _options: object, command: Command) =>
        callApi(session(), verb, path, command.args.slice(1)),
      );
}

async function callApi(session: Session, verb: Verb, path: string, words: readonly string[]): Promise<void> {
  const data = await session.client.call<unknown>(verb, readPath(path), readKeyValues(words));
  if (isUpid(data)) await finish(session, data);
  else session.answer(data, () => renderAnswer(data));
}

/** Paths may be written without the leading slash; a query is written as options. */
function readPath(path: string): string {
  if (!/^[\x21-\x7e]+$/.test(path) || /[?#]/.test(path))
    throw invalidInput({ path: 'a path such as /nodes, with its parameters as --key value' });
  return path.startsWith('/') ? path : `/${path}`;
}
