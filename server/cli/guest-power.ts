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

/** What the API has one task for, in the order of all guests' starts. */
const bulkActions: ReadonlySet<PowerAction['name']> = new Set(['start', 'shutdown', 'suspend']);

/** Adds one command an action to a group. */
export function addGuestPower(group: Command, session: () => Session, kind: GuestKind): void {
  for (const { name, description, timed, alias, only } of actions) {
    if (only !== undefined && only !== kind) continue;
    const isBulk = bulkActions.has(name) && (name !== 'suspend' || kind === 'qemu');
    const command = group
      .command(name)
      .description(description)
      .argument(
        isBulk ? `[${kindWords[kind].group}...]` : `<${kindWords[kind].group}...>`,
        'numbers or names',
      )
      .action((guests: string[], options: Record<string, string | boolean>) =>
        act(session(), name, kind, guests, options),
      );
    if (isBulk) command.option('--all', 'every one, in the order of their start or its reverse');
    const other = alias?.[kind];
    if (other !== undefined) command.alias(other);
    if (timed) command.option('--timeout <seconds>', 'how long to wait for the guest system');
    if (name === 'shutdown') command.option('--force-stop', 'switch off when it does not shut down in time');
    if (name === 'suspend' && kind === 'qemu')
      command
        .option('--todisk', 'save the memory to a disk and switch off; the next start goes on from there')
        .option('--statestorage <storage>', 'where the memory goes');
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
  if (options['statestorage'] !== undefined && !options['todisk'])
    throw invalidInput({ statestorage: 'goes with --todisk' });
  const toDisk = options['todisk']
    ? { statestorage: options['statestorage'] as string | undefined }
    : undefined;
  if (options['all']) return actOnAll(session, name, kind, guests, params, toDisk);
  if (guests.length === 0) throw invalidInput({ [kindWords[kind].group]: 'give numbers or names, or --all' });
  if (toDisk) Object.assign(params, { todisk: '1' }, definedOnly(toDisk));
  // All are found before the first is touched.
  const places = [];
  for (const guest of guests) places.push(await session.guest(guest, kind));
  for (const { path, vmid } of places)
    await finish(session, await session.client.call<unknown>('POST', `${path}/status/${name}`, params), {
      vmid,
    });
}

/** One task for every guest of the kind. */
async function actOnAll(
  session: Session,
  name: PowerAction['name'],
  kind: GuestKind,
  guests: readonly string[],
  timed: Readonly<Record<string, string>>,
  toDisk: { readonly statestorage: string | undefined } | undefined,
): Promise<void> {
  if (guests.length > 0) throw invalidInput({ all: 'goes without numbers or names' });
  const lines = await session.client.call<{ type: string; vmid: number; template?: number }[]>(
    'GET',
    '/cluster/resources',
    { type: 'vm' },
  );
  const vms = lines
    .filter(({ type, template }) => type === kind && !template)
    .map(({ vmid }) => String(vmid));
  if (vms.length === 0) return session.say(`there are no ${kindWords[kind].one}s`);
  const { forceStop, ...params } = timed;
  const forced = name === 'shutdown' ? { 'force-stop': forceStop ?? '0' } : {};
  const saved = toDisk ? { 'to-disk': '1', ...definedOnly(toDisk) } : {};
  const path = `/cluster/bulk-action/guest/${name}`;
  await finish(
    session,
    await session.client.call<unknown>('POST', path, { ...params, ...forced, ...saved, vms }),
  );
}

function definedOnly(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
