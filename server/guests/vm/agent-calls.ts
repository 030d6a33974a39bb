// Everything that goes through a guest's agent, on a connection of its own: a silent agent must hold up nobody else.
import { type DomainRef, ErrorNumber, hasErrorNumber, ReconnectingLibvirt, ShutdownFlag } from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import { domainName } from './domain-name.ts';

/** Longest answer passed on; the content is the guest's, so it is bounded. */
const maxAnswerBytes = 1024 * 1024;

/** libvirt's ways to say that the agent cannot be asked. */
const noAgent = [
  ErrorNumber.argumentUnsupported,
  ErrorNumber.operationInvalid,
  ErrorNumber.agentUnresponsive,
  ErrorNumber.agentUnsynced,
  ErrorNumber.agentCommandTimeout,
  ErrorNumber.agentCommandFailed,
  ErrorNumber.operationTimeout,
];

export class AgentCalls {
  readonly #client: ReconnectingLibvirt;
  readonly #guestPrefix: string;

  constructor(socketPath: string, guestPrefix: string) {
    this.#client = new ReconnectingLibvirt({ socketPath, maxCallsInFlight: 4 });
    this.#guestPrefix = guestPrefix;
  }

  open(): Promise<void> {
    return this.#client.open();
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async command(vmid: number, command: string, timeoutSeconds: number): Promise<string> {
    const domain = await this.#client.domains.lookupByName(domainName(this.#guestPrefix, vmid));
    const answer = await this.#client.qemu.agentCommand(domain, command, timeoutSeconds);
    if (Buffer.byteLength(answer) > maxAnswerBytes) {
      throw new AppError('unsupported', `the agent of VM ${vmid} answered with more than 1 MiB`);
    }
    return answer;
  }

  /** False when the agent cannot be asked, so that another way is to be tried. */
  shutdown(domain: DomainRef): Promise<boolean> {
    return asked(this.#client.domains.shutdown(domain, ShutdownFlag.guestAgent));
  }

  /** False when the agent cannot be asked, so that another way is to be tried. */
  reboot(domain: DomainRef): Promise<boolean> {
    return asked(this.#client.domains.reboot(domain, ShutdownFlag.guestAgent));
  }
}

async function asked(call: Promise<void>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (hasErrorNumber(error, ...noAgent)) return false;
    throw error;
  }
}
