// The operating systems that the create dialog of VMs knows, with the virtual hardware that suits each. Data only.

export type DiskBus = 'scsi' | 'virtio' | 'sata' | 'ide';
export type Firmware = 'seabios' | 'ovmf';

/** The hardware that a system is given to begin with. */
export interface VmHardware {
  readonly diskBus: DiskBus;
  readonly netModel: string;
  readonly firmware: Firmware;
  readonly machine: 'pc' | 'q35';
  readonly cpuType: string;
  /** Talks to the host, for addresses and clean shutdowns. */
  readonly agent: boolean;
}

export interface VmStart {
  readonly cores: string;
  readonly memoryMiB: string;
  readonly diskGiB: string;
}

export interface VmSystem extends VmHardware {
  /** Names it in the dialog. */
  readonly id: SystemId;
  /** What the API knows it as. */
  readonly ostype: string;
  /** How large it is made as long as nothing else is said: enough for the system alone. */
  readonly start: VmStart;
  readonly windows: boolean;
  /** Its installer asks for a TPM. */
  readonly wantsTpm: boolean;
}

export const systemIds = [
  ...(['linux', 'windows-11', 'windows-server-2022', 'windows-10', 'windows-server-2016'] as const),
  ...(['windows-8', 'windows-7', 'linux-old', 'solaris', 'other'] as const),
] as const;
export type SystemId = (typeof systemIds)[number];

/** All modern processors have it, so a VM can go from one node to another; distributions and Windows ask for it by now. */
const commonCpu = 'x86-64-v2-AES';

const linux: VmHardware = {
  ...{ diskBus: 'scsi', netModel: 'virtio', firmware: 'seabios', machine: 'q35', cpuType: commonCpu },
  agent: true,
};
/** Windows installs only on what it brings drivers for; with VirtIO's disc it takes what is faster. */
const windows: VmHardware = {
  ...{ diskBus: 'sata', netModel: 'e1000e', firmware: 'ovmf', machine: 'q35', cpuType: commonCpu },
  agent: true,
};
const oldWindows: VmHardware = {
  ...{ diskBus: 'sata', netModel: 'e1000', firmware: 'seabios', machine: 'pc', cpuType: commonCpu },
  agent: false,
};
const unknown: VmHardware = {
  ...{ diskBus: 'sata', netModel: 'e1000', firmware: 'seabios', machine: 'pc', cpuType: commonCpu },
  agent: false,
};
const small: VmStart = { cores: '2', memoryMiB: '2048', diskGiB: '32' };
const medium: VmStart = { cores: '2', memoryMiB: '4096', diskGiB: '64' };
const ofWindows = { windows: true, wantsTpm: false } as const;
const ofOthers = { windows: false, wantsTpm: false, start: small } as const;

export const vmSystems: Readonly<Record<SystemId, VmSystem>> = {
  linux: { id: 'linux', ostype: 'l26', ...linux, ...ofOthers },
  'windows-11': {
    ...{ id: 'windows-11', ostype: 'win11', start: medium, ...windows, windows: true, wantsTpm: true },
  },
  'windows-server-2022': {
    ...{ id: 'windows-server-2022', ostype: 'win11', start: medium, ...windows, ...ofWindows },
  },
  'windows-10': { id: 'windows-10', ostype: 'win10', start: medium, ...windows, ...ofWindows },
  'windows-server-2016': {
    ...{ id: 'windows-server-2016', ostype: 'win10', start: medium, ...windows, ...ofWindows },
  },
  'windows-8': { id: 'windows-8', ostype: 'win8', start: small, ...oldWindows, ...ofWindows },
  'windows-7': { id: 'windows-7', ostype: 'win7', start: small, ...oldWindows, ...ofWindows },
  'linux-old': { id: 'linux-old', ostype: 'l24', ...unknown, ...ofOthers },
  solaris: { id: 'solaris', ostype: 'solaris', ...unknown, ...ofOthers },
  other: { id: 'other', ostype: 'other', ...unknown, ...ofOthers },
};

/** What a system is given; with a disc of VirtIO's drivers Windows takes paravirtual devices too. */
export function hardwareFor(id: SystemId, withDrivers: boolean): VmHardware {
  const { diskBus, netModel, firmware, machine, cpuType, agent, windows: isWindows } = vmSystems[id];
  const paravirtual = isWindows && withDrivers ? ({ diskBus: 'scsi', netModel: 'virtio' } as const) : {};
  return { diskBus, netModel, firmware, machine, cpuType, agent, ...paravirtual };
}
