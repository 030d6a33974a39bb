// The VM driver's interface: what every guest driver has, and what only virtual machines can do.
import type { GuestDriver } from '../guest-driver.ts';
import type { VmChange, VmStart } from './vm-start.ts';

export interface AskOptions {
  /** Through the guest agent first; when it does not answer, by the power button (ACPI) all the same. */
  readonly agent?: boolean;
}

export interface Screenshot {
  readonly mimeType: string;
  readonly data: Buffer;
}

export interface VmDriver extends GuestDriver<VmStart, VmChange> {
  requestShutdown(vmid: number, options?: AskOptions): Promise<void>;
  requestReboot(vmid: number, options?: AskOptions): Promise<void>;
  /** Presses keys together, named as QEMU does: `ctrl-alt-delete`. An unknown name is `invalid-input`. */
  sendKey(vmid: number, keys: string): Promise<void>;
  /**
   * Sends a JSON command to the guest agent; resolves with its JSON answer, at most 1 MiB, whose content is the guest's
   * word. No agent running: `unavailable`; none configured: `unsupported`; too slow: `timeout`.
   */
  agentCommand(vmid: number, command: string, timeoutSeconds: number): Promise<string>;
  /** What the first screen shows. */
  screenshot(vmid: number): Promise<Screenshot>;
}
