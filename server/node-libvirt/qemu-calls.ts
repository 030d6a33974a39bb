// Calls that only the QEMU driver has: the guest agent and the monitor.
import type { Caller, CallOptions } from './caller.ts';
import { type DomainRef, domainArgs } from './domain-codec.ts';

export class QemuCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Sends a JSON command to the guest agent and resolves with its JSON answer, empty when it gives none.
   * `timeoutSeconds`: -2 waits for ever, -1 libvirt's default, 0 does not wait. Everything in the answer is the guest's word.
   */
  async agentCommand(
    domain: DomainRef,
    command: string,
    timeoutSeconds = -1,
    options?: CallOptions,
  ): Promise<string> {
    const args = domainArgs(domain).string(command).i32(timeoutSeconds).u32(0);
    const defaults = timeoutSeconds > 0 ? { timeoutMs: timeoutSeconds * 1000 + 10_000 } : {};
    const reply = await this.#caller.call('qemuAgentCommand', args, { ...defaults, ...options });
    return reply.optionalString() ?? '';
  }

  /** Sends a QMP command (JSON). libvirt marks the domain as tainted. With `human`, the text goes to the old monitor. */
  async monitorCommand(
    domain: DomainRef,
    command: string,
    human = false,
    options?: CallOptions,
  ): Promise<string> {
    const args = domainArgs(domain)
      .string(command)
      .u32(human ? 1 : 0);
    return (await this.#caller.call('qemuMonitorCommand', args, options)).string();
  }
}
