// Program and procedure numbers of the protocol: facts of libvirt's remote_protocol.x, qemu_protocol.x and virkeepaliveprotocol.x.

export const remoteProgram = 0x20008086;
const qemuProgram = 0x20008087;
export const keepAliveProgram = 0x6b656570;
export const keepAliveProcedure = { ping: 1, pong: 2 } as const;

export interface Procedure {
  readonly program: number;
  readonly number: number;
}

const remote = (number: number): Procedure => ({ program: remoteProgram, number });
const qemu = (number: number): Procedure => ({ program: qemuProgram, number });

/** The calls this package makes, by name. The numbers never change; libvirt only adds. */
export const procedures = {
  connectOpen: remote(1),
  connectClose: remote(2),
  connectGetVersion: remote(4),
  nodeGetInfo: remote(6),
  connectGetCapabilities: remote(7),
  connectDomainXmlToNative: remote(136),
  domainCreateXml: remote(10),
  domainGetXmlDesc: remote(14),
  domainGetInfo: remote(16),
  domainLookupById: remote(22),
  domainLookupByName: remote(23),
  domainLookupByUuid: remote(24),
  domainReboot: remote(27),
  domainResume: remote(28),
  domainSuspend: remote(34),
  connectGetHostname: remote(59),
  connectSupportsFeature: remote(60),
  authList: remote(66),
  connectGetLibVersion: remote(157),
  domainAttachDeviceFlags: remote(160),
  domainDetachDeviceFlags: remote(161),
  domainAbortJob: remote(164),
  domainUpdateDeviceFlags: remote(174),
  domainGetBlockInfo: remote(194),
  domainCreateWithFlags: remote(196),
  domainSetVcpusFlags: remote(199),
  domainGetVcpusFlags: remote(200),
  domainOpenConsole: remote(201),
  domainSetMemoryFlags: remote(204),
  domainInjectNmi: remote(210),
  domainScreenshot: remote(211),
  domainGetState: remote(212),
  domainSetSchedulerParametersFlags: remote(219),
  domainPinVcpuFlags: remote(225),
  domainSendKey: remote(226),
  domainUndefineFlags: remote(231),
  domainRestoreFlags: remote(233),
  domainDestroyFlags: remote(234),
  domainBlockJobAbort: remote(237),
  domainGetBlockJobInfo: remote(238),
  domainBlockPull: remote(240),
  domainReset: remote(245),
  domainBlockResize: remote(251),
  domainSetBlockIoTune: remote(252),
  domainShutdownFlags: remote(258),
  domainPmWakeup: remote(267),
  connectListAllDomains: remote(273),
  domainPinEmulator: remote(279),
  domainGetJobStats: remote(298),
  connectDomainEventCallbackRegisterAny: remote(316),
  connectDomainEventCallbackDeregisterAny: remote(317),
  connectGetDomainCapabilities: remote(342),
  connectGetAllDomainStats: remote(344),
  domainBlockCopy: remote(345),
  domainDefineXmlFlags: remote(350),
  domainPinIothread: remote(352),
  domainSetBlockThreshold: remote(386),
  domainBackupBegin: remote(421),
  domainBackupGetXmlDesc: remote(422),
  qemuMonitorCommand: qemu(1),
  qemuAgentCommand: qemu(3),
} as const satisfies Record<string, Procedure>;

export type ProcedureName = keyof typeof procedures;
