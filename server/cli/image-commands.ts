// `croft image`: the slots of an installed appliance: status, update, booting the other one, keeping this one.
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { ApplianceStatus } from '../contract/appliance.ts';
import { AppError } from '../core/errors.ts';
import { finish } from './follow-task.ts';
import { renderBytes, renderPairs, renderTable, renderTime } from './render.ts';
import type { Session } from './session.ts';

export interface ImageCommandParts {
  /**
   * Watches the health of a slot on trial and keeps it, or writes down why not and answers false. It is not the daemon's
   * work, which may be what is sick.
   */
  readonly confirmTrial?: ((say: (line: string) => void) => Promise<boolean>) | undefined;
}

/** Adds the group `image`. */
export function addImageCommands(
  program: Command,
  session: () => Session,
  parts: ImageCommandParts = {},
): void {
  const group = program.command('image').description('the system image: slots and updates');

  group
    .command('status')
    .description('which version runs, what is in the slots, what came of the last update')
    .action(() => showStatus(session()));

  group
    .command('update')
    .description('write an update into the slot that does not run; boot it with "switch"')
    .argument('<file>', 'an update file, or its URL')
    .action((file: string) => update(session(), file));

  group
    .command('switch')
    .description('reboot into the other slot, on trial: kept when it is healthy, else the machine comes back')
    .action(() => switchSlot(session(), 'any'));

  group
    .command('previous')
    .description('as switch, but only back to an older version')
    .action(() => switchSlot(session(), 'older'));

  group
    .command('confirm')
    .description('keep the slot that runs: it boots by default from now on')
    .option(
      '--trial',
      'watch its health first, without asking the daemon to judge; fails when it is to be left',
    )
    .action((options: { trial?: boolean }) =>
      options.trial ? confirmTrial(program, parts) : confirmSlot(session()),
    );
}

async function pathOf(session: Session): Promise<string> {
  return `/nodes/${encodeURIComponent(await session.node())}/appliance`;
}

async function readStatus(session: Session): Promise<ApplianceStatus> {
  return await session.client.call<ApplianceStatus>('GET', await pathOf(session));
}

async function showStatus(session: Session): Promise<void> {
  const status = await readStatus(session);
  session.answer(status, () => {
    const slots = renderTable(
      status.slots,
      [
        { title: 'SLOT', value: ({ name }) => name },
        { title: 'VERSION', value: ({ version }) => version ?? 'empty' },
        { title: 'BUILT', value: ({ built }) => built ?? '' },
        { title: 'SIZE', value: ({ bytes }) => renderBytes(bytes), right: true },
        { title: '', value: (slot) => marksOf(slot, status.trial === 1) },
      ],
      { none: '' },
    );
    return `${renderPairs(statusPairs(status))}${status.slots.length > 0 ? `\n${slots}` : ''}`;
  });
  for (const warning of status.warnings) session.io.stderr.write(`warning: ${warning}\n`);
}

function marksOf(slot: ApplianceStatus['slots'][number], onTrial: boolean): string {
  const runs = slot.running === 1 ? [onTrial ? 'running on trial' : 'running'] : [];
  return [...runs, ...(slot.default === 1 ? ['default'] : [])].join(', ');
}

const modes = { none: 'development machine, no image', live: 'live', installed: 'installed' };

function statusPairs({ mode, version, firmware, last, state }: ApplianceStatus): [string, string][] {
  const outcomes = {
    pending: 'waits for its trial',
    committed: 'kept',
    'fell-back': 'fell back',
    refused: 'refused',
  };
  const pairs: [string, string][] = [
    ['mode', modes[mode]],
    ['version', version],
    ['firmware', firmware],
  ];
  if (state)
    pairs.push([
      'state',
      `${renderBytes(state.totalBytes - state.freeBytes)} of ${renderBytes(state.totalBytes)}`,
    ]);
  if (last) {
    const reason = last.reason === undefined ? '' : `: ${last.reason}`;
    pairs.push([
      'last update',
      `${renderTime(last.at)} ${last.from} to ${last.to}, ${outcomes[last.outcome]}${reason}`,
    ]);
  }
  return pairs;
}

async function update(session: Session, file: string): Promise<void> {
  const path = await pathOf(session);
  if (/^https?:\/\//.test(file)) {
    await finish(session, await session.client.call<unknown>('POST', `${path}/update`, { url: file }));
    return;
  }
  const handle = await open(file).catch((cause: unknown) => {
    throw new AppError('invalid-input', `cannot read ${file}`, { cause });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new AppError('invalid-input', `${file} is not a file`);
    const source = handle.createReadStream({ autoClose: false, highWaterMark: 1024 ** 2 });
    const body = Readable.from(watched(session, source, stat.size), { objectMode: false });
    const answer = await session.client.send<unknown>(
      `${path}/upload`,
      'application/octet-stream',
      stat.size,
      body,
    );
    await finish(session, answer);
  } finally {
    await handle.close();
  }
}

/** Passes the bytes on; on a terminal it tells how far it is. */
async function* watched(session: Session, source: Readable, sizeBytes: number): AsyncGenerator<Buffer> {
  const { stderr } = session.io;
  let sent = 0;
  let shown = -1;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    yield chunk;
    sent += chunk.length;
    const percent = Math.floor((sent / sizeBytes) * 100);
    if (!stderr.isTTY || percent <= shown) continue;
    shown = percent;
    stderr.write(`\r${percent}% of ${renderBytes(sizeBytes)}${percent === 100 ? '\n' : ''}`);
  }
}

async function switchSlot(session: Session, wanted: 'any' | 'older'): Promise<void> {
  const { slots } = await readStatus(session);
  const running = slots.find((slot) => slot.running === 1);
  const other = slots.find((slot) => slot.running !== 1);
  // What there is to refuse beyond this, the daemon refuses.
  if (wanted === 'older' && running?.built !== undefined && other?.built !== undefined) {
    if (Date.parse(other.built) > Date.parse(running.built))
      throw new AppError('wrong-state', `slot ${other.name} holds a newer version, ${other.version}`, {
        data: { hint: "'croft image switch' boots it" },
      });
  }
  if (other?.version !== undefined)
    await session.confirm(`The machine reboots into slot ${other.name}, version ${other.version}.`);
  await finish(session, await session.client.call<unknown>('POST', `${await pathOf(session)}/switch`));
}

async function confirmSlot(session: Session): Promise<void> {
  await session.client.call<null>('POST', `${await pathOf(session)}/confirm`);
  session.answer(null, () => 'the slot that runs boots by default\n');
}

async function confirmTrial(program: Command, { confirmTrial: watch }: ImageCommandParts): Promise<void> {
  if (!watch) throw new AppError('unsupported', 'trials are judged on the appliance only');
  // No session: neither settings nor the daemon are needed to tell what is wrong.
  const { writeOut } = program.configureOutput();
  const kept = await watch((line) => writeOut?.(`${line}\n`));
  if (!kept)
    throw new AppError('command-failed', 'this version is not kept: the machine goes back to the other slot');
}
