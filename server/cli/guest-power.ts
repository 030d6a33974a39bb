// `croft vm start`, `croft ct start` and the like: one table of what can be done to running and stopped guests.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import { finish } from './follow-task.ts';
import { type GuestKind, kindWords, type Session } from './session.ts';

interface PowerAction {
  readonly name: 'start' | 'stop' | 'shutdown' | 'reboot' | 'reset' | 'suspend' | 'resume';
  readonly description: string;
  /** Takes `--timeout`. */
  readonly timed?: boolean;
  /** Other words for it, by kind. */
  readonly alias?: Partial<Record<GuestKind, string>>;
  /** Only of this kind. */
  readonly only?: GuestKind;
}

const actions: readonly PowerAction[] = [
  { name: 'start', description: 'switch on' },
  { name: 'shutdown', description: 'ask the guest system to shut down', timed: true },
  { name: 'stop', description: 'switch off at once, as by pulling the plug' },
  { name: 'reboot', description: 'shut down and start again, with pending changes', timed: true },
  { name: 'reset', description: 'press the reset button', only: 'qemu' },
  { name: 'suspend', description: 'pause', alias: { lxc: 'freeze' } },
  { name: 'resume', description: 'go on after a pause', alias: { lxc: 'thaw' } },
];

/** Adds one command an action to a group. */
export function addGuestPower(group: Command, session: () => Session, kind: GuestKind): void {
  for (const { name, description, timed, alias, only } of actions) {
    if (only !== undefined && only !== kind) continue;
    const command = group
      .command(name)
      .description(description)
      .argument(`<${kindWords[kind].group}...>`, 'numbers or names')
      .action((guests: string[], options: Record<string, string | boolean>) =>
        act(session(), name, kind, guests, options),
      );
    const other = alias?.[kind];
    if (other !== undefined) command.alias(other);
    if (timed) command.option('--timeout <seconds>', 'how long to wait for the guest system');
    if (name === 'shutdown') command.option('--force-stop', 'switch off when it does not shut down in time');
  }
}

async function act(
  session: Session,
  name: PowerAction['name'],
  kind: GuestKind,
  guests: readonly string[],
  options: Record<string, string | boolean>,
): Promise<void> {
  const params: Record<string, string> = {};
  if (options['timeout'] !== undefined) {
    if (!/^\d+$/.test(String(options['timeout'])))
      throw invalidInput({ timeout: 'must be a whole number of seconds' });
    params['timeout'] = String(options['timeout']);
  }
  if (options['forceStop']) params['forceStop'] = '1';
  // All are found before the first is touched.
  const places = [];
  for (const guest of guests) places.push(await session.guest(guest, kind));
  for (const { path, vmid } of places)
    await finish(session, await session.client.call<unknown>('POST', `${path}/status/${name}`, params), {
      vmid,
    });
}
