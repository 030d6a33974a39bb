// What the VM driver is given: a rendered domain to start, rendered changes to apply while it runs.

export interface VmStart {
  readonly vmid: number;
  /** The guest's name as people see it; for the task's log only. */
  readonly name: string;
  /** Domain XML; its `<name>` is `domainName(prefix, vmid)`, its sockets lie where `run-directory.ts` says. */
  readonly xml: string;
}

/** `key` is the configuration key the change comes from (`net0`); `hotPlug` answers with the keys it could not apply. */
export type VmChange = DeviceChange | VcpuChange | MemoryChange | DiskResize;

export interface DeviceChange {
  readonly key: string;
  readonly action: 'attach' | 'detach' | 'update';
  /** The device element. To detach, give it an `<alias>`: only then can the driver see the guest let go of it. */
  readonly deviceXml: string;
}

export interface VcpuChange {
  readonly key: string;
  readonly action: 'vcpus';
  readonly count: number;
}

/** Moves the balloon. */
export interface MemoryChange {
  readonly key: string;
  readonly action: 'memory';
  readonly memoryBytes: number;
}

/** Tells the guest that its disk has grown; QEMU grows the image when it can. */
export interface DiskResize {
  readonly key: string;
  readonly action: 'resize-disk';
  /** The disk's target, `vda`. */
  readonly target: string;
  readonly sizeBytes: number;
}
