// `croft backup`: trying to restore backups, and what came of it.
import type { Command } from 'commander';
import type { RestoreProof } from '../contract/vzdump-proof.ts';
import { finish } from './follow-task.ts';
import { readKeyValues } from './key-values.ts';
import { renderBytes, renderPairs, renderTime } from './render.ts';
import type { Session } from './session.ts';

const testHelp = `
The backup is restored to a temporary guest without a network, which is started, waited for and removed.
Options: --wait auto|agent|screen|running|port, --port (of a container), --timeout (seconds), --storage, --bwlimit (KiB/s).

Examples:
  croft backup test nas:backup/vzdump-qemu-100-2026_11_22-02_00_00.vma.zst
  croft backup test nas:backup/vzdump-lxc-101-2026_11_22-02_10_00.tar.zst --port 443`;

/** Adds the group `backup`. */
export function addBackupCommands(program: Command, session: () => Session): void {
  const group = program.command('backup').description('trying restores of backups');

  group
    .command('test')
    .description('try to restore a backup')
    .argument('<volume>', 'as `croft storage` lists it')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('<volume> [--key value]...')
    .addHelpText('after', testHelp)
    .action(async (volume: string, _options: object, command: Command) => {
      const params = { volume, ...readKeyValues(command.args.slice(1)) };
      await finish(session(), await session().client.call('POST', await pathOf(session(), 'test'), params));
    });

  group
    .command('proof')
    .description('what came of the newest try to restore a backup')
    .argument('<volume>')
    .action(async (volume: string) => {
      const path = await pathOf(session(), 'proof');
      const proof = await session().client.call<RestoreProof>('GET', path, { volume });
      session().answer(proof, () => renderProof(proof));
    });
}

async function pathOf(session: Session, word: 'test' | 'proof'): Promise<string> {
  return `/nodes/${encodeURIComponent(await session.node())}/vzdump/${word}`;
}

function renderProof(proof: RestoreProof): string {
  const { restoreSeconds, restoredBytes, bootSeconds, came, problem, picture, notes } = proof;
  const pairs: [string, string | undefined][] = [
    ['state', proof.state],
    ['tried', renderTime(proof.ended)],
    ['restored', restoredBytes === undefined ? undefined : renderBytes(restoredBytes)],
    ['in', restoreSeconds === undefined ? undefined : `${restoreSeconds} s`],
    ['waited for', proof.port === undefined ? proof.wait : `${proof.wait} ${proof.port}`],
    ['came', came],
    ['after', bootSeconds === undefined ? undefined : `${bootSeconds} s`],
    ['problem', problem],
    ['picture', picture ? 'yes' : undefined],
    ...notes.map((note): [string, string] => ['note', note]),
  ];
  return renderPairs(
    pairs.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as [string, string]])),
  );
}
