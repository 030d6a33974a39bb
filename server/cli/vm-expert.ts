// `croft vm monitor`, `croft vm showcmd`, and `forget` of both kinds of guests: for when something is out of the ordinary.
import type { Command } from 'commander';
import { finish } from './follow-task.ts';
import { type GuestKind, kindWords, type Session } from './session.ts';

const monitorHelp = `
Example:
  croft vm monitor web info block`;

/** Adds them to the group `vm`. */
export function addVmExpert(group: Command, session: () => Session): void {
  group
    .command('monitor')
    .description("one command to the monitor of a VM's QEMU, and what it prints")
    .argument('<vm>', 'number or name')
    .argument('<command...>', "'help' lists them; most but 'info' and 'help' need Sys.Modify")
    .addHelpText('after', monitorHelp)
    .action(async (vm: string, words: string[]) => {
      const { path } = await session().guest(vm);
      const command = words.join(' ');
      const text = await session().client.call<string>('POST', `${path}/monitor`, { command });
      session().answer(text, () => text);
    });

  group
    .command('showcmd')
    .description('the command line that starts a VM, without secrets')
    .argument('<vm>', 'number or name')
    .action(async (vm: string) => {
      const { path } = await session().guest(vm);
      const line = await session().client.call<string>('GET', `${path}/showcmd`);
      session().answer(line, () => `${line}\n`);
    });
}

/** Adds `forget` to the group `vm` or `ct`. */
export function addForget(group: Command, session: () => Session, kind: GuestKind): void {
  const { one, group: word } = kindWords[kind];
  group
    .command('forget')
    .description(`remove the configuration of a ${one} whose storage is gone; its disks are left, and named`)
    .argument(`<${word}>`, 'number or name')
    .action(async (guest: string) => {
      const { path, vmid } = await session().guest(guest, kind);
      await session().confirm(
        `The configuration of ${one} ${vmid} will be lost; its disks stay where they are.`,
      );
      await finish(session(), await session().client.call<unknown>('POST', `${path}/forget`), { vmid });
    });
}
