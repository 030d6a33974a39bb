// Calls for backups of running domains: QEMU shows the disks as they were at one moment, while the guest goes on.
import type { Caller, CallOptions } from './caller.ts';
import { type DomainRef, domainArgs, type ParameterValue, readParameters } from './domain-codec.ts';

/** What a domain is busy with (virDomainGetJobStats). */
export interface DomainJob {
  /** A number of `JobType`; `none` when there is no job. */
  readonly type: number;
  /** By libvirt's field names: `operation` (`JobOperation`), `time_elapsed` in ms, `disk_temp_used`, `errmsg`. */
  readonly values: ReadonlyMap<string, ParameterValue>;
}

export class BackupCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Begins what the element `<domainbackup>` says, of all its disks at the same moment; resolves when that moment has passed. In
   * the mode `pull` QEMU serves them by NBD from then on until `abortJob`. `BackupFlag`. Rejects with `operationInvalid` when the
   * domain is off.
   */
  async begin(domain: DomainRef, backupXml: string, flags = 0, options?: CallOptions): Promise<void> {
    // A checkpoint made at the same moment would come third: unused.
    const args = domainArgs(domain).string(backupXml).optionalString(undefined).u32(flags);
    await this.#caller.call('domainBackupBegin', args, options);
  }

  /** The backup under way, with what libvirt filled in. Rejects with `noDomainBackup` when there is none. */
  async xml(domain: DomainRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainBackupGetXmlDesc', domainArgs(domain).u32(0), options)).string();
  }

  /**
   * Ends the domain's job: a pull backup, which has no other end, a save, or a migration. Resolves when libvirt has asked
   * QEMU to; the event `job-completed` tells when it has ended. Rejects with `operationInvalid` when there is none.
   */
  async abortJob(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainAbortJob', domainArgs(domain), options);
  }

  /** The domain's job, `JobStatsFlag`; with `completed` the last one that ended, which libvirt then forgets. */
  async job(domain: DomainRef, flags = 0, options?: CallOptions): Promise<DomainJob> {
    const reply = await this.#caller.call('domainGetJobStats', domainArgs(domain).u32(flags), options);
    return { type: reply.i32(), values: readParameters(reply) };
  }
}
