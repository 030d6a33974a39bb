// What this package offers to its users.
export type { BackupCalls, DomainJob } from './backup-calls.ts';
export type { BlockCalls, BlockJobInfo } from './block-calls.ts';
export type { CallOptions } from './caller.ts';
export type { ConnectionOptions } from './connection.ts';
export * from './constants.ts';
export type { BlockInfo, DeviceCalls } from './device-calls.ts';
export type { DomainCalls, DomainInfo } from './domain-calls.ts';
export type { DomainRef, ParameterValue, TypedParameter } from './domain-codec.ts';
export type { DomainEventName, DomainEvents } from './domain-events.ts';
export { hasErrorNumber, LibvirtError, type LibvirtErrorKind } from './errors.ts';
export type { DomainEventListener } from './event-hub.ts';
export type { DomainCapabilitiesQuery, HostCalls, NodeInfo } from './host-calls.ts';
export type { KeepAliveOptions } from './keep-alive.ts';
export { Libvirt, LibvirtCalls } from './libvirt.ts';
export type { QemuCalls } from './qemu-calls.ts';
export {
  type ConnectionChange,
  ReconnectingLibvirt,
  type ReconnectingOptions,
} from './reconnecting-libvirt.ts';
export type { LibvirtOptions } from './session.ts';
export type { DomainStats, StatsCalls } from './stats-calls.ts';
export type { LibvirtStream } from './stream.ts';
export type { TuningCalls } from './tuning-calls.ts';
