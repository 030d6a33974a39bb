// One command to a guest's QEMU through libvirt, and its answer (QEMU's QMP reference: docs/interop/qmp-spec).
import type { DomainRef, ReconnectingLibvirt } from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import { withoutPaths } from './libvirt-errors.ts';

/** What the command returned. QEMU's refusal is `command-failed`, with its own words. */
export async function qmp(
  client: ReconnectingLibvirt,
  domain: DomainRef,
  execute: string,
  args?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const command = JSON.stringify(args === undefined ? { execute } : { execute, arguments: args });
  return readQmpAnswer(await client.qemu.monitorCommand(domain, command), execute);
}

export function readQmpAnswer(text: string, execute: string): unknown {
  const answer = JSON.parse(text) as { return?: unknown; error?: { desc?: unknown } };
  if (answer.error === undefined) return answer.return;
  const said = typeof answer.error.desc === 'string' ? withoutPaths(answer.error.desc) : 'no reason given';
  throw new AppError('command-failed', `QEMU: ${said}`, { detail: `${execute}: ${text.slice(0, 500)}` });
}
