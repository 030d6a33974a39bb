// Public numbers of libvirt's API: states, events, flags, errors. Append-only, like libvirt's own.

/** virDomainState. */
export const DomainState = {
  none: 0,
  running: 1,
  blocked: 2,
  paused: 3,
  shutdown: 4,
  shutoff: 5,
  crashed: 6,
  pmSuspended: 7,
} as const;

/** Some of virDomainPausedReason. */
export const PausedReason = {
  user: 1,
  migration: 2,
  ioError: 5,
  shuttingDown: 8,
  crashed: 10,
  startingUp: 11,
} as const;

/** virDomainEventType: what a `lifecycle` event tells. */
export const LifecycleEvent = {
  defined: 0,
  undefined: 1,
  started: 2,
  suspended: 3,
  resumed: 4,
  stopped: 5,
  shutdown: 6,
  pmSuspended: 7,
  crashed: 8,
} as const;

/** virDomainEventStoppedDetailType. */
export const StoppedDetail = {
  shutdown: 0,
  destroyed: 1,
  crashed: 2,
  migrated: 3,
  saved: 4,
  failed: 5,
  fromSnapshot: 6,
} as const;

/** virDomainCreateFlags. */
export const CreateFlag = { paused: 1, autodestroy: 2, bypassCache: 4, forceBoot: 8, validate: 16 } as const;

/** virDomainUndefineFlagsValues. */
export const UndefineFlag = {
  managedSave: 1,
  snapshotsMetadata: 2,
  nvram: 4,
  keepNvram: 8,
  checkpointsMetadata: 16,
} as const;

/** virDomainDestroyFlagsValues. */
export const DestroyFlag = { graceful: 1 } as const;

/** virDomainSaveRestoreFlags: how a domain comes back that was saved. */
export const RestoreFlag = { bypassCache: 1, running: 2, paused: 4 } as const;

/** virDomainShutdownFlagValues; virDomainRebootFlagValues has the same numbers. */
export const ShutdownFlag = { acpiPowerButton: 1, guestAgent: 2 } as const;

/** virDomainModificationImpact, with virDomainDeviceModifyFlags' force. */
export const ModifyFlag = { live: 1, config: 2, force: 4 } as const;

/** virDomainVcpuFlags. */
export const VcpuFlag = { live: 1, config: 2, maximum: 4, guest: 8 } as const;

/** virDomainBlockResizeFlags. */
export const BlockResizeFlag = { bytes: 1 } as const;

/** virDomainBlockCopyFlags; `reuse`: what is there already is written over. */
export const BlockCopyFlag = { shallow: 1, reuse: 2, transient: 4, synchronous: 8 } as const;

/** virDomainBlockPullFlags; `bytes`: the limit is in bytes per second, not in MiB. */
export const BlockPullFlag = { bytes: 64 } as const;

/** virDomainBlockJobAbortFlags; `pivot`: the guest uses the copy from here on. */
export const BlockAbortFlag = { async: 1, pivot: 2 } as const;

/**
 * virDomainBackupBeginFlags. `reuse`: the scratch images are there already. `preserveShutdown` (libvirt 11.10): a guest that shuts
 * down meanwhile stands until the backup has ended.
 */
export const BackupFlag = { reuse: 1, preserveShutdown: 2 } as const;

/** virDomainJobType. */
export const JobType = { none: 0, bounded: 1, unbounded: 2, completed: 3, failed: 4, cancelled: 5 } as const;

/** virDomainJobOperation. */
export const JobOperation = {
  start: 1,
  save: 2,
  restore: 3,
  migrationIn: 4,
  migrationOut: 5,
  snapshot: 6,
  snapshotRevert: 7,
  dump: 8,
  backup: 9,
  snapshotDelete: 10,
} as const;

/** virDomainGetJobStatsFlags. */
export const JobStatsFlag = { completed: 1, keepCompleted: 2 } as const;

/** virDomainXMLFlags. */
export const XmlFlag = { secure: 1, inactive: 2, migratable: 8 } as const;

/** virConnectListAllDomainsFlags. */
export const ListFlag = { active: 1, inactive: 2, persistent: 4, transient: 8 } as const;

/** virDomainStatsTypes: the groups of statistics. */
export const StatsGroup = {
  state: 1,
  cpuTotal: 2,
  balloon: 4,
  vcpu: 8,
  interface: 16,
  block: 32,
} as const;

/** virConnectGetAllDomainStatsFlags; `noWait` skips what a busy domain cannot answer at once. */
export const StatsFlag = { active: 1, inactive: 2, noWait: 0x20000000, backing: 0x40000000 } as const;

/** virKeycodeSet: in which numbering keys are given. */
export const KeycodeSet = { linux: 0, xt: 1, usb: 7, qnum: 9 } as const;
/** Most keys of one `sendKey` (VIR_DOMAIN_SEND_KEY_MAX_KEYS). */
export const maxKeys = 16;

/** Those of virErrorNumber a caller may want to tell apart. */
export const ErrorNumber = {
  internalError: 1,
  noMemory: 2,
  noSupport: 3,
  noConnect: 5,
  invalidArgument: 8,
  operationFailed: 9,
  xmlError: 27,
  domainExists: 28,
  operationDenied: 29,
  systemError: 38,
  rpc: 39,
  noDomain: 42,
  authenticationFailed: 45,
  operationInvalid: 55,
  configUnsupported: 67,
  operationTimeout: 68,
  argumentUnsupported: 74,
  operationAborted: 78,
  noDomainMetadata: 80,
  blockCopyActive: 83,
  operationUnsupported: 84,
  agentUnresponsive: 86,
  resourceBusy: 87,
  accessDenied: 88,
  xmlInvalidSchema: 92,
  agentUnsynced: 97,
  deviceMissing: 99,
  noDomainBackup: 104,
  agentCommandTimeout: 112,
  agentCommandFailed: 113,
} as const;

/** virConnectDomainEventAgentLifecycleState. */
export const AgentState = { connected: 1, disconnected: 2 } as const;
