// Routes by which experts look behind a VM.
import { askVmMonitor, showVmCommand } from '../../contract/qemu-monitor.ts';
import { createVmMonitor } from '../../guests/vm-monitor.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { type Route, route } from '../route.ts';

export function qemuMonitorRoutes({ vmParts }: { readonly vmParts: VmParts }): Route[] {
  const monitor = createVmMonitor(vmParts);
  return [
    route(askVmMonitor, ({ params, caller }) => monitor.ask(caller, params.vmid, params.command)),
    route(showVmCommand, ({ params }) => monitor.commandLine(params.vmid)),
  ];
}
