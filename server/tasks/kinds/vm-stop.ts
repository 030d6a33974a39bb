// Tasks that bring a VM down or make it start afresh: `qmstop`, `qmshutdown`, `qmreboot`.
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import {
  rebootKind,
  type ShutdownParams,
  type StoppableGuest,
  shutdownKind,
  stopKind,
} from './guest-stop.ts';
import { startSteps } from './vm-start-steps.ts';

export const vmStopKind = (parts: VmParts) => stopKind(stoppable(parts));
export const vmShutdownKind = (parts: VmParts) => shutdownKind(stoppable(parts));
export const vmRebootKind = (parts: VmParts) =>
  rebootKind(stoppable(parts), startSteps<ShutdownParams>(parts));

function stoppable(parts: VmParts): StoppableGuest {
  return {
    ...{ kind: 'qemu', parts, prefix: 'qm', noun: 'guest' },
    defaultTimeoutSeconds: 180,
    timeoutText: 'VM quit/powerdown failed - got timeout',
    assertAction: (vmid, action) => assertAction(parts, vmid, action),
    async requestShutdown(vmid) {
      const { agent } = readVmConfig({ vmid, config: activeConfig(readGuest(parts.store, vmid)) });
      await parts.driver.requestShutdown(vmid, { agent: agent.enabled });
    },
  };
}
