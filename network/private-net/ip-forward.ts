// Switches IPv4 forwarding on, remembering that it was off, and back when the last private network goes.
import { readFile, rm } from 'node:fs/promises';
import type { Exec } from '../../server/core/exec.ts';
import { forwardingFile } from '../observe/observe-host.ts';
import { writeWhole } from './write-whole.ts';

/** Kept in the state folder while we are the reason that forwarding is on. */
interface ForwardingRecord {
  readonly explanation: string;
  /** The record counts only within the boot in which it was made: each boot starts with the host's own setting. */
  readonly bootId: string;
  readonly bridges: readonly string[];
}

const explanation =
  'IPv4 forwarding was off. Croft switched it on for the private networks listed here, and switches it off again when the last of them is removed.';

/** Turns forwarding on. `exec` runs in the namespace that is meant. */
export async function enableForwarding(exec: Exec, stateDir: string, bridge: string): Promise<void> {
  // Recorded first: a crash in between leaves a record of what was then not done, which removal finds harmless.
  await writeRecord(stateDir, [...(await readBridges(stateDir)), bridge]);
  await setForwarding(exec, '1');
}

/** A private network is there while forwarding is on because of us: it counts as one of the reasons. */
export async function joinForwarding(stateDir: string, bridge: string): Promise<void> {
  const bridges = await readBridges(stateDir);
  if (bridges.length > 0 && !bridges.includes(bridge)) await writeRecord(stateDir, [...bridges, bridge]);
}

/** The bridge is gone: turns forwarding off if we turned it on and no other bridge of ours needs it. Returns whether it did. */
export async function leaveForwarding(exec: Exec, stateDir: string, bridge: string): Promise<boolean> {
  const before = await readBridges(stateDir);
  const bridges = before.filter((name) => name !== bridge);
  if (bridges.length > 0) {
    if (bridges.length < before.length) await writeRecord(stateDir, bridges);
    return false;
  }
  if (before.length > 0) await setForwarding(exec, '0');
  await rm(recordFile(stateDir), { force: true });
  return before.length > 0;
}

async function setForwarding(exec: Exec, value: '0' | '1'): Promise<void> {
  await exec('tee', [forwardingFile], { input: value, intention: 'set IPv4 forwarding' });
}

function recordFile(stateDir: string): string {
  return `${stateDir}/ip-forward.json`;
}

async function readBridges(stateDir: string): Promise<readonly string[]> {
  try {
    const record = JSON.parse(await readFile(recordFile(stateDir), 'utf8')) as Partial<ForwardingRecord>;
    if (record.bootId !== (await readBootId()) || !Array.isArray(record.bridges)) return [];
    return record.bridges.filter((name) => typeof name === 'string');
  } catch {
    return [];
  }
}

async function writeRecord(stateDir: string, bridges: readonly string[]): Promise<void> {
  const record: ForwardingRecord = {
    explanation,
    bootId: await readBootId(),
    bridges: [...new Set(bridges)],
  };
  await writeWhole(recordFile(stateDir), `${JSON.stringify(record, null, 2)}\n`);
}

async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
