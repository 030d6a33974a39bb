// `croft vm cloudinit`, and the short ways of cloud-init's parameters: the password asked for, keys read from a file.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import { askedSecret } from './asked-secret.ts';
import { type PendingLine, renderPending } from './pending-lines.ts';
import { readPublicKeys } from './public-keys.ts';
import { renderPairs } from './render.ts';
import type { Session } from './session.ts';

const kinds = ['user', 'network', 'meta'];

/** Adds `cloudinit` with its own commands to the group `vm`. */
export function addVmCloudInit(group: Command, session: () => Session): void {
  const cloudInit = group.command('cloudinit').description('what a VM is told by its cloud-init drive');
  const pathOf = async (vm: string) => `${(await session().guest(vm)).path}/cloudinit`;

  cloudInit
    .command('pending')
    .description('its settings, with what the next image changes')
    .argument('<vm>', 'number or name')
    .action(async (vm: string) => {
      const lines = await session().client.call<PendingLine[]>('GET', await pathOf(vm));
      session().answer(lines, () =>
        renderPairs(lines.map((line): [string, string] => [line.key, renderPending(line)])),
      );
    });

  cloudInit
    .command('dump')
    .description('a generated file, its password hidden')
    .argument('<vm>', 'number or name')
    .argument('<kind>', kinds.join(', '))
    .action(async (vm: string, type: string) => {
      if (!kinds.includes(type)) throw invalidInput({ kind: `must be one of: ${kinds.join(', ')}` });
      const text = await session().client.call<string>('GET', `${await pathOf(vm)}/dump`, { type });
      session().answer(text, () => text);
    });

  cloudInit
    .command('update')
    .description('make its image anew now; a running VM sees a changed disc')
    .argument('<vm>', 'number or name')
    .action(async (vm: string) => {
      await session().client.call('PUT', await pathOf(vm));
    });
}

type Given = Readonly<Record<string, string | string[]>>;

/** `--cipassword -` asks for it; `--sshkeys` takes a file of public keys, or one key. */
export async function withCloudInit(
  session: Session,
  given: Given,
): Promise<Record<string, string | string[]>> {
  const { cipassword, sshkeys } = given;
  return {
    ...given,
    ...(typeof sshkeys === 'string' ? { sshkeys: await readKeys(sshkeys) } : {}),
    ...(cipassword === undefined
      ? {}
      : { cipassword: await askedSecret(session, 'cipassword', cipassword, 'Password of the user: ') }),
  };
}

/** URL-encoded, as the API takes them; what is encoded already stays. */
async function readKeys(value: string): Promise<string> {
  if (value === '' || /%20/.test(value)) return value;
  return encodeURIComponent(await readPublicKeys(value, 'sshkeys'));
}
