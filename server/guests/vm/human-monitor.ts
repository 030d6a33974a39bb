// A VM's QEMU asked by people: one line to its monitor, and the command line that a start would run. Both bounded, secrets cut.
import type { DomainRef, ReconnectingLibvirt } from 'node-libvirt';
import { invalidInput } from '../../core/errors.ts';

const answerLimitMs = 10_000;
/** Characters of an answer; `info mtree` of a large guest has some hundred thousand. */
const longestAnswer = 1_000_000;
const longestCommand = 4096;

/** Sends one line to the monitor that QEMU has for people (QEMU's manual, "QEMU Monitor"); answers what it prints. */
export async function askMonitor(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  command: string,
): Promise<string> {
  const line = assertOneLine(command);
  const answer = await client.qemu.monitorCommand(domain, line, true, { timeoutMs: answerLimitMs });
  const text = answer.replaceAll('\r\n', '\n');
  return text.length <= longestAnswer ? text : `${text.slice(0, longestAnswer)}\n[...]\n`;
}

/** The monitor takes one command a line; control characters would be keys of its line editor. */
function assertOneLine(command: string): string {
  const line = command.trim();
  if (line === '' || line.length > longestCommand)
    throw invalidInput({ command: `must have 1 to ${longestCommand} characters` });
  if (/\p{Cc}/u.test(line)) throw invalidInput({ command: 'must be one line without control characters' });
  return line;
}

/** The command line that libvirt would start this domain with. */
export async function commandLineOf(client: ReconnectingLibvirt, xml: string): Promise<string> {
  const text = await client.host.nativeCommand(xml);
  // libvirt puts QEMU's environment before it.
  return withoutSecrets(text.replace(/^(?:[A-Za-z_]+=\S* )+/, '').trim());
}

/** Keys that libvirt hands to QEMU, and passwords of network disks, in both of QEMU's notations. */
export function withoutSecrets(commandLine: string): string {
  return commandLine
    .replace(/((?:^|[\s,'"])(?:password|passwd|secret-data|data|iv|key)=)[^\s,'"]+/g, '$1***')
    .replace(/("(?:password|passwd|data|iv|key)"\s*:\s*")(?:[^"\\]|\\.)*"/g, '$1***"');
}
