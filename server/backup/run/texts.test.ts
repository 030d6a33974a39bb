// What is said and written: progress and sizes, the configuration in an archive, a script's environment, the notice at the end.
import { describe, expect, it } from 'vitest';
import { readConf } from '../../guests/import/map-conf.ts';
import { createBackupHooks, hookEnvironment } from './backup-hooks.ts';
import { type BackupOptions, resolveOptions } from './backup-options.ts';
import { clockText, commandText, createProgressTexts, endTexts, sizeText, spanText } from './log-texts.ts';
import { type GuestOutcome, noticeOf } from './notification.ts';
import { renderConfText } from './vm-conf-text.ts';
import { planDisks } from './vm-disk-plan.ts';

const options = resolveOptions(
  { compress: 'zstd' },
  { defaults: {}, keepOfStorage: () => undefined, cpus: 1 },
);

describe('sizes and times', () => {
  it.each([
    [0, 1, '0 B'],
    [1023, 1, '1023 B'],
    [1024, 1, '1.0 KiB'],
    [1.1 * 1024 ** 3, 1, '1.1 GiB'],
    [20 * 1024 ** 3, 2, '20.00 GiB'],
  ])('%d bytes', (bytes, digits, text) => {
    expect(sizeText(bytes, digits)).toBe(text);
  });
  it.each([
    [0, '00:00:00', '0s'],
    [81, '00:01:21', '1m 21s'],
    [3600, '01:00:00', '1h'],
    [90_061, '25:01:01', '1d 1h 1m 1s'],
  ])('%d seconds', (seconds, clock, span) => {
    expect([clockText(seconds), spanText(seconds)]).toEqual([clock, span]);
  });
});

describe('progress', () => {
  it('is told often at first, then seldom, and at its end', () => {
    const text = createProgressTexts(0);
    const gib = 1024 ** 3;
    const at = (seconds: number, gibs: number) => {
      const processedBytes = gibs * gib;
      const step = {
        totalBytes: 10 * gib,
        processedBytes,
        zeroBytes: processedBytes / 2,
        archiveBytes: processedBytes / 4,
      };
      return text(step, seconds * 1000);
    };
    expect(at(1, 0.5)).toBeUndefined();
    expect(at(4, 1)).toBe(' 10% (1.0 GiB of 10.0 GiB) in 4s, read: 128.0 MiB/s, write: 64.0 MiB/s');
    expect(at(5, 1.5)).toBeUndefined();
    expect(at(8, 1)).toBeUndefined();
    expect(at(10, 2)).toMatch(/^ 20% /);
    expect(at(20, 4)).toBeUndefined();
    expect(at(41, 5)).toMatch(/^ 50% /);
    expect(at(42, 10)).toMatch(/^100% \(10\.0 GiB of 10\.0 GiB\) in 42s, /);
    expect(at(90, 10)).toBeUndefined();
  });

  it('of nothing at all is no division by nothing', () => {
    const none = { processedBytes: 0, zeroBytes: 0, archiveBytes: 0 };
    expect(createProgressTexts(0)({ ...none, totalBytes: 0 }, 5000)).toMatch(/^100% \(0 B of 0 B\)/);
    expect(endTexts(none, 0)).toEqual(['transferred 0 B in 1 seconds (0 B/s)', 'archive file size: 0B']);
  });

  it('ends with what was read and written', () => {
    const gib = 1024 ** 3;
    expect(endTexts({ processedBytes: 32 * gib, zeroBytes: 20 * gib, archiveBytes: 5.31 * gib }, 80)).toEqual(
      [
        'backup is sparse: 20.00 GiB (62%) total zero data',
        'transferred 32.00 GiB in 80 seconds (409.6 MiB/s)',
        'archive file size: 5.31GB',
      ],
    );
  });

  it('begins with what was asked for', () => {
    expect(commandText([100, 101], { ...options, limitKib: 5, jobId: 'nightly' }, 'pve1')).toBe(
      'vzdump 100 101 --job-id nightly --mode snapshot --compress zstd --storage local --node pve1 --bwlimit 5',
    );
  });
});

describe('the configuration in an archive', () => {
  const config = {
    ...{
      description: 'one: 50%\nGröße\t\n',
      lock: 'backup',
      memory: 512,
      name: 'a',
      unused0: 'local:100/x.raw',
    },
    scsi0: 'local:100/vm-100-disk-0.raw,size=1G',
    scsi1: 'local:100/vm-100-disk-1.raw,backup=0',
    ide2: 'local:cloudinit,media=cdrom',
    ide3: 'local:iso/a.iso,media=cdrom',
    tpmstate0: 'local:100/vm-100-disk-2.raw,version=v2.0',
  };

  it('names the disks that are there by their devices, and reads back as it was', () => {
    const { disks, leftOut } = planDisks(config);
    expect(disks.map(({ key, device, kind }) => [key, device, kind])).toEqual([
      ['scsi0', 'drive-scsi0', 'drive'],
      ['tpmstate0', 'drive-tpmstate0-backup', 'state'],
    ]);
    expect(leftOut.map(({ key, why }) => `${key} ${why}`).sort()).toEqual([
      'scsi1 backup=no',
      'unused0 unused',
    ]);
    const text = renderConfText(
      config,
      disks.map((disk) => ({ ...disk, format: 'raw' })),
    );
    expect(text.endsWith('#qmdump#map:tpmstate0:drive-tpmstate0-backup:local:raw:\n')).toBe(true);
    expect(text).toContain('#one%3A 50%25\n#Gr%C3%B6%C3%9Fe%09\n');
    const { keys, description } = readConf(text.replaceAll(/^#qmdump#.*\n/gm, ''));
    expect(description).toBe('one: 50%\nGröße');
    const { description: _, lock: _lock, unused0: _unused, ...rest } = config;
    expect(Object.fromEntries(keys)).toEqual(
      Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, String(v)])),
    );
  });

  it('keeps each value on its own line, whatever it holds', () => {
    const text = renderConfText({ name: 'a\nargs: -evil', description: '\n#qmdump#map:x\r' }, []);
    expect(text).toBe('#\n##qmdump#map%3Ax%0D\nname: a args: -evil\n');
  });
});

describe('a script', () => {
  it('finds the facts in its environment, and no more', () => {
    expect(hookEnvironment({ storage: 'local', folder: '/dump' })).toEqual({
      STOREID: 'local',
      DUMPDIR: '/dump',
    });
    const guest = {
      kind: 'qemu',
      vmid: 100,
      mode: 'stop',
      hostName: 'a\0b',
      storage: null,
      folder: undefined,
    } as const;
    expect(hookEnvironment({ ...guest, target: '/t', logFile: '/l' })).toEqual({
      ...{ VMTYPE: 'qemu', HOSTNAME: 'ab', TARGET: '/t', TARFILE: '/t', LOGFILE: '/l' },
    });
  });

  it('is not called where there is none', async () => {
    const hooks = createBackupHooks(async () => {
      throw new Error('called');
    });
    await hooks.job({ signal: new AbortController().signal, log() {}, progress() {} }, options, 'job-start', {
      storage: null,
      folder: undefined,
    });
  });
});

describe('the notice', () => {
  const ok = { vmid: 100, name: 'web', seconds: 81, sizeBytes: 1024 ** 3, archive: 'local:backup/a.vma' };
  const told = { ...options, mailTo: ['root@example.org'] };
  it.each([
    ['without addresses, but by mail', [ok], { ...options, notificationMode: 'legacy-sendmail' }, undefined],
    ['only of failures', [ok], { ...told, mailWhen: 'failure' }, undefined],
    [
      'of a failure',
      [{ ...ok, problem: 'no\nspace' }],
      { ...told, mailWhen: 'failure' },
      'mail: backup failed',
    ],
    ['always', [ok], told, 'mail: backup successful'],
    ['without addresses', [ok], options, 'system: backup successful'],
    [
      ...['by the system, whatever is said of mails', [ok]],
      { ...told, mailWhen: 'failure', notificationMode: 'notification-system' },
      'system: backup successful',
    ],
  ] as const)('%s', (_name, outcomes, given, end) => {
    const notice = noticeOf(outcomes as readonly GuestOutcome[], given as BackupOptions, 'pve1');
    expect(notice && `${notice.by}: ${notice.subject}`).toBe(
      end && (end as string).replace(': ', ': vzdump backup status (pve1): '),
    );
    expect(notice?.text.split('\n').length ?? 4).toBe(4);
  });
});
