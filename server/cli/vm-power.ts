// `croft vm start` and the like: one table of what can be done to running and stopped VMs.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import { finish } from './follow-task.ts';
import type { Session } from './session.ts';

interface PowerAction {
  readonly name: 'start' | 'stop' | 'shutdown' | 'reboot' | 'reset' | 'suspend' | 'resume';
  readonly description: string;
  /** Takes `--timeout`. */
  readonly timed?: boolean;
}

const actions: readonly PowerAction[] = [
  { name: 'start', description: 'switch on' },
  { name: 'shutdown', description: 'ask the guest system to shut down', timed: true },
  { name: 'stop', description: 'switch off at once, as by pulling the plug' },
  { name: 'reboot', description: 'shut down and start again, with pending changes', timed: true },
  { name: 'reset', description: 'press the reset button' },
  { name: 'suspend', description: 'pause' },
  { name: 'resume', description: 'go on after a pause' },
];

/** Adds one command an action to the group `vm`. */
export function addVmPower(group: Command, session: () => Session): void {
  for (const { name, description, timed } of actions) {
    const command = group
      .command(name)
      .description(description)
      .argument('<vm...>', 'numbers or names')
      .action((vms: string[], options: Record<string, string | boolean>) =>
        act(session(), name, vms, options),
      );
    if (timed) command.option('--timeout <seconds>', 'how long to wait for the guest system');
    if (name === 'shutdown') command.option('--force-stop', 'switch off when it does not shut down in time');
  }
}

async function act(
  session: Session,
  name: PowerAction['name'],
  vms: readonly string[],
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
  for (const vm of vms) places.push(await session.guest(vm));
  for (const { path, vmid } of places)
    await finish(session, await session.client.call<unknown>('POST', `${path}/status/${name}`, params), {
      vmid,
    });
}
