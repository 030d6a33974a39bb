// Backups against hand-built replies: what is sent, and how jobs and their end are read.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackupFlag, ErrorNumber, JobOperation, JobStatsFlag, JobType } from './constants.ts';
import { type DomainRef, readDomain, writeDomain } from './domain-codec.ts';
import { domainEventKinds } from './domain-events.ts';
import { hasErrorNumber } from './errors.ts';
import { FakeLibvirtd } from './fake-libvirtd.ts';
import { Libvirt } from './libvirt.ts';
import { procedures, remoteProgram } from './procedures.ts';
import { XdrEncoder } from './xdr-encoder.ts';

const domain: DomainRef = { name: 'vm', uuid: '351e3286-0faf-4da4-8d49-cb09015de1e8', id: 7 };
let server: FakeLibvirtd;
let client: Libvirt;

beforeEach(async () => {
  server = await FakeLibvirtd.start();
  client = await Libvirt.connect({ socketPath: server.socketPath });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

/** The figures that libvirt 9.0 told of a backup, and of its end. */
const figures = (encoder: XdrEncoder, ended: boolean) => {
  encoder.u32(ended ? 6 : 4);
  encoder.string('operation').i32(1).i32(JobOperation.backup).string('time_elapsed').i32(4).u64(30_281n);
  encoder.string('disk_temp_used').i32(4).u64(2_097_152n).string('disk_temp_total').i32(4).u64(134_217_728n);
  if (ended) encoder.string('success').i32(6).i32(1).string('errmsg').i32(7).string('Operation canceled');
  return encoder;
};

describe('backups', () => {
  it('have the numbers of libvirt', () => {
    // remote_protocol.x: they never change, and a wrong one would call something else.
    expect(
      [
        procedures.domainBackupBegin,
        procedures.domainBackupGetXmlDesc,
        procedures.domainAbortJob,
        procedures.domainGetJobStats,
      ].map(({ number }) => number),
    ).toEqual([421, 422, 164, 298]);
    expect(domainEventKinds['job-completed']).toMatchObject({ eventId: 21, procedure: 363 });
  });

  it('begin, are described and end', async () => {
    const seen: unknown[] = [];
    server.on('domainBackupBegin', (args) => {
      seen.push(readDomain(args), args.string(), args.optionalString(), args.u32());
      return new XdrEncoder();
    });
    server.on('domainBackupGetXmlDesc', (args) => {
      seen.push(readDomain(args), args.u32());
      return new XdrEncoder().string('<domainbackup mode="pull"/>');
    });
    server.on('domainAbortJob', (args) => {
      seen.push(readDomain(args));
      return new XdrEncoder();
    });
    await client.backups.begin(domain, '<domainbackup/>', BackupFlag.reuse);
    expect(await client.backups.xml(domain)).toBe('<domainbackup mode="pull"/>');
    await client.backups.abortJob(domain);
    expect(seen).toEqual([domain, '<domainbackup/>', undefined, 1, domain, 0, domain]);
  });

  it('are there or not', async () => {
    server.on('domainBackupGetXmlDesc', () => ({ code: 104, message: 'no domain backup job present' }));
    const failure = await client.backups.xml(domain).catch((error: unknown) => error);
    expect(hasErrorNumber(failure, ErrorNumber.noDomainBackup)).toBe(true);
  });

  it('tell how far they are', async () => {
    server.on('domainGetJobStats', (args) => {
      readDomain(args);
      const completed = args.u32() === JobStatsFlag.completed;
      return figures(new XdrEncoder().i32(completed ? JobType.completed : JobType.unbounded), completed);
    });
    const job = await client.backups.job(domain);
    expect(job.type).toBe(JobType.unbounded);
    expect(job.values.get('disk_temp_used')).toBe(2_097_152);
    const ended = await client.backups.job(domain, JobStatsFlag.completed);
    expect(ended.type).toBe(JobType.completed);
    expect(ended.values.get('success')).toBe(true);
  });

  it('tell that there is no job', async () => {
    server.on('domainGetJobStats', () => new XdrEncoder().i32(JobType.none).u32(0));
    expect(await client.backups.job(domain)).toEqual({ type: JobType.none, values: new Map() });
  });

  it('tell when they have ended', async () => {
    server.on('connectDomainEventCallbackRegisterAny', (args) => {
      expect(args.i32()).toBe(21);
      return new XdrEncoder().i32(22);
    });
    const told: unknown[] = [];
    await client.onDomainEvent('job-completed', ({ domain: whose, values }) =>
      told.push([whose, values.get('operation'), values.get('success')]),
    );
    const message = figures(writeDomain(new XdrEncoder().i32(22), domain), true);
    server.sendMessage(remoteProgram, domainEventKinds['job-completed'].procedure, message);
    await expect.poll(() => told).toEqual([[domain, JobOperation.backup, true]]);
  });
});
