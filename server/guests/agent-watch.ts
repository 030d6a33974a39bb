// Keeps what lists show of guests by their agents' word: asked when an agent turns up, and now and then.
import type { ResourceIndex } from '../cluster/resource-index.ts';
import { hasCode } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { type AgentFacts, readAgentAddresses, readAgentOs } from './agent-facts.ts';
import type { GuestAgent } from './guest-agent.ts';
import type { VmParts } from './vm-parts.ts';

export interface AgentWatch {
  /** Asks the agents of all running VMs, one after the other; one round at a time. */
  round(): Promise<void>;
  close(): void;
}

export interface AgentWatchParts {
  readonly vmParts: Pick<VmParts, 'states'>;
  readonly agent: Pick<GuestAgent, 'ask'>;
  readonly index: Pick<ResourceIndex, 'get' | 'patch'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Default a minute: addresses change rarely, and each question wakes a guest. */
  readonly everyMs?: number;
}

/** Starts at once. A guest whose agent does not answer keeps what it last said until its run ends. */
export function watchAgents({ vmParts, agent, index, log, everyMs = 60_000 }: AgentWatchParts): AgentWatch {
  const { states } = vmParts;
  let running: Promise<void> | undefined;
  let closed = false;

  async function look(vmid: number): Promise<void> {
    const facts = await askFacts(agent, vmid);
    if (!facts || closed || states.stateOf(vmid) === 'stopped') return;
    const { addresses, os } = facts;
    index.patch(`qemu/${vmid}`, { addresses, ...(os === undefined ? {} : { os }) });
  }

  async function askAll(): Promise<void> {
    for (const { vmid, state } of states.all()) {
      if (closed) return;
      if (state === 'running' && index.get(`qemu/${vmid}`)) await look(vmid).catch(warn);
    }
  }

  const warn = (error: unknown) => log.warn({ error: String(error) }, 'an agent could not be asked');
  const round = (): Promise<void> => {
    running ??= askAll().finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => void round(), everyMs);
  timer.unref();
  const stop = states.watch(({ vmid, reason }) => {
    if (reason === 'agent') void look(vmid).catch(warn);
  });
  return {
    round,
    close() {
      closed = true;
      clearInterval(timer);
      stop();
    },
  };
}

/** Undefined when there is no agent to ask, or none that answers. */
async function askFacts(agent: Pick<GuestAgent, 'ask'>, vmid: number): Promise<AgentFacts | undefined> {
  try {
    const addresses = readAgentAddresses(await agent.ask(vmid, 'guest-network-get-interfaces'));
    const os = await agent.ask(vmid, 'guest-get-osinfo').then(readAgentOs, () => undefined);
    return { addresses, os };
  } catch (error) {
    if (hasCode(error, 'unsupported') || hasCode(error, 'unavailable') || hasCode(error, 'timeout'))
      return undefined;
    if (hasCode(error, 'wrong-state') || hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}
