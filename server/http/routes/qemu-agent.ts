// The guest agent's methods.
import {
  agentCommandMethods,
  agentCommands,
  execInVm,
  indexAgent,
  readVmExecStatus,
  readVmFile,
  runAgentCommand,
  setVmUserPassword,
  writeVmFile,
} from '../../contract/qemu-agent.ts';
import type { GuestAgent } from '../../guests/guest-agent.ts';
import { type Route, route } from '../route.ts';

const mostBytes = 16 * 1024 * 1024;

export function qemuAgentRoutes(agent: GuestAgent): Route[] {
  return [
    route(indexAgent, () => agentCommands.map((name) => ({ name }))),
    route(runAgentCommand, async ({ params }) => ({
      result: await agent.ask(params.vmid, agentName(params.command)),
    })),
    ...agentCommandMethods.map((method) => {
      const command = method.path.slice(method.path.lastIndexOf('/') + 1);
      return route(method, async ({ params }) => ({
        result: await agent.ask(params.vmid, agentName(command)),
      }));
    }),
    route(execInVm, async ({ params }) => ({
      pid: await agent.exec(params.vmid, params.command, params['input-data']),
    })),
    route(readVmExecStatus, ({ params }) => agent.execStatus(params.vmid, params.pid)),
    route(readVmFile, async ({ params }) => {
      const { vmid, file, offset = 0, count = mostBytes, decode = true } = params;
      const { bytes, truncated } = await agent.readFile(vmid, file, offset, count);
      return {
        content: bytes.toString(decode ? 'latin1' : 'base64'),
        ...(truncated ? { truncated: 1 } : {}),
      };
    }),
    route(writeVmFile, async ({ params }) => {
      const { vmid, file, content, encode = true } = params;
      await agent.writeFile(vmid, file, Buffer.from(content, encode ? 'utf8' : 'base64'));
      return null;
    }),
    route(setVmUserPassword, async ({ params }) => {
      const { vmid, username, password, crypted = false } = params;
      const encoded = Buffer.from(password).toString('base64');
      return {
        result: await agent.ask(vmid, 'guest-set-user-password', { username, password: encoded, crypted }),
      };
    }),
  ];
}

/** `fsfreeze-status` is `guest-fsfreeze-status` to the agent. */
function agentName(command: string): string {
  return `guest-${command}`;
}
