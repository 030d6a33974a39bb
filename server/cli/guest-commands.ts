// What `croft vm` and `croft ct` share: the list, commands that take the API's own parameters, numbers of new guests, removal.
import type { Command } from 'commander';
import { invalidInput } from '../core/errors.ts';
import type { Params } from './api-client.ts';
import { finish } from './follow-task.ts';
import { readKeyValues } from './key-values.ts';
import { type Column, renderBytes, renderDuration } from './render.ts';
import { type GuestKind, kindWords, type Session } from './session.ts';

/** A guest as `/cluster/resources` tells it. */
export interface GuestLine {
  readonly type: string;
  readonly vmid: number;
  readonly name?: string;
  readonly status: string;
  readonly node: string;
  readonly maxcpu?: number;
  readonly maxmem?: number;
  readonly maxdisk?: number;
  readonly uptime?: number;
  readonly tags?: string;
}

/** The guests of a kind, by their numbers. */
export async function guestsOf(session: Session, kind: GuestKind): Promise<GuestLine[]> {
  const all = await session.client.call<GuestLine[]>('GET', '/cluster/resources', { type: 'vm' });
  return all.filter(({ type }) => type === kind).sort((a, b) => a.vmid - b.vmid);
}

/** The columns of their list; `more` stands after the memory. */
export function guestColumns(number: string, more: readonly Column<GuestLine>[] = []): Column<GuestLine>[] {
  return [
    { title: number, value: (guest) => String(guest.vmid), right: true },
    { title: 'NAME', value: (guest) => guest.name ?? '' },
    { title: 'STATUS', value: (guest) => guest.status },
    { title: 'CORES', value: (guest) => String(guest.maxcpu ?? ''), right: true },
    { title: 'MEMORY', value: (guest) => renderBytes(guest.maxmem), right: true },
    ...more,
    { title: 'NODE', value: (guest) => guest.node },
    { title: 'UPTIME', value: (guest) => renderDuration(guest.uptime) },
    { title: 'TAGS', value: (guest) => guest.tags ?? '' },
  ];
}

/** Adds `create [vmid] --key value...`, which hands `create` the words after its name. */
export function addCreateCommand(
  group: Command,
  { description, help, create }: WordCommand & { create(words: readonly string[]): Promise<void> },
): void {
  group
    .command('create')
    .description(description)
    .argument('[vmid]', 'its number; the next free one when left out')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('[vmid] [--key value]...')
    .addHelpText('after', help)
    .action((_vmid: string | undefined, _options: object, command: Command) => create(command.args));
}

/** Adds `set <guest> --key value...`, which hands `set` the guest and the words after it. */
export function addSetCommand(
  group: Command,
  kind: GuestKind,
  { description, help, set }: WordCommand & { set(guest: string, words: readonly string[]): Promise<void> },
): void {
  const { group: argument } = kindWords[kind];
  group
    .command('set')
    .description(description)
    .argument(`<${argument}>`, 'number or name')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage(`<${argument}> [--key value]...`)
    .addHelpText('after', help)
    .action((guest: string, _options: object, command: Command) => set(guest, command.args.slice(1)));
}

interface WordCommand {
  readonly description: string;
  /** Shown after the list of options. */
  readonly help: string;
}

/** Reads what `set` is given. Throws `invalid-input` when that is nothing. */
export function readChanges(words: readonly string[]): Record<string, string | string[]> {
  const changes = readKeyValues(words);
  if (Object.keys(changes).length === 0)
    throw invalidInput({ '--key value': 'at least one is needed' }, 'nothing to change');
  return changes;
}

/** Reads what `create` is given: the number, when the words begin with one or name it as `--vmid`, and the parameters. */
export function readNewGuest(words: readonly string[]): {
  readonly number: string | string[] | undefined;
  readonly params: Record<string, string | string[]>;
} {
  const [first = '', ...rest] = words;
  const numbered = first !== '' && !first.startsWith('-');
  const params = readKeyValues(numbered ? rest : words);
  return { number: numbered ? first : params['vmid'], params };
}

/** The number of a new guest: the given one, or the next that is free. `invalid-input` naming `field` when it is none. */
export async function newGuestNumber(
  session: Session,
  given: string | readonly string[] | undefined,
  field: 'vmid' | 'newid' = 'vmid',
): Promise<string> {
  const number = given ?? String(await session.client.call<string | number>('GET', '/cluster/nextid'));
  if (typeof number !== 'string' || !/^\d+$/.test(number))
    throw invalidInput({ [field]: 'must be a number of at least 100' });
  return number;
}

/** Asks for a guest to be made, and says so once it is there. */
export async function makeGuest(
  session: Session,
  kind: GuestKind,
  path: string,
  params: Params,
  number: string,
): Promise<void> {
  await finish(session, await session.client.call<unknown>('POST', path, params), { vmid: Number(number) });
  if (session.wait && !session.json) session.say(`${kindWords[kind].one} ${number} is there`);
}

/** Removes a guest, after asking; `what` goes with it. */
export async function deleteGuest(
  session: Session,
  kind: GuestKind,
  reference: string,
  what: string,
  params: Params = {},
): Promise<void> {
  const { path, vmid } = await session.guest(reference, kind);
  await session.confirm(`${kindWords[kind].one} ${vmid} and its ${what} will be lost.`);
  await finish(session, await session.client.call<unknown>('DELETE', path, params), { vmid });
}
