// Who may back up what, what is refused before any task, and what the task is told.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BackupWorld, backupWorld } from '../../../test/fixtures/backup-world.ts';
import type { Privilege } from '../../contract/permission.ts';
import { quietContext } from '../../core/work-context.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import type { BackupRunParams } from '../../tasks/kinds/vzdump-run.ts';
import type { BackupWishes } from './backup-options.ts';
import { type BackupService, createBackupService } from './backup-service.ts';

const root: Asker = { requester: 'root@pam', may: () => true };
/** May what is named, `path privilege`. */
const person = (...rights: string[]): Asker => ({
  requester: 'joe@pve',
  may: (path, privilege: Privilege) => rights.includes(`${path} ${privilege}`),
});
const usual = ['/vms/100 VM.Backup', '/storage/other Datastore.AllocateSpace'];

let made: BackupWorld;
let backups: BackupService;
let started: BackupRunParams[];
let waits: number[];
let conf: string | undefined;
let stopped = 0;

beforeEach(async () => {
  made = await backupWorld();
  for (const vmid of [100, 101]) await made.addVm(vmid, { name: `vm${vmid}` });
  started = [];
  waits = [];
  conf = undefined;
  backups = createBackupService({
    ...{ node: 'pve1', store: made.store, storages: made.storages, cpus: 2 },
    pools: () => [{ id: 'office', vms: [100, 101] }],
    defaultsText: async () => conf,
    readTexts: async (_context, { name }) => [{ name: 'qemu-server.conf', text: `name: ${name}\n` }],
    async startTask(type, params, requester) {
      expect(type).toBe('vzdump');
      started.push(params as BackupRunParams);
      return `UPID:${requester}`;
    },
    limitWait: (_upid, minutes) => void waits.push(minutes),
    stopRunning: async () => {
      stopped += 1;
    },
  });
});
afterEach(() => made.dispose());

describe('a request', () => {
  it('starts a run of the guests that are meant', async () => {
    conf = 'lockwait: 7\ncompress: zstd\n';
    const wishes = { vmid: '100', storage: 'other' };
    expect(await backups.start(person(...usual), wishes, { jobId: 'nightly' })).toBe('UPID:joe@pve');
    expect(started).toMatchObject([
      {
        vmids: [100],
        options: { storage: 'other', compression: 'zst', jobId: 'nightly' },
        forbidden: [],
        unknown: [],
      },
    ]);
    expect(waits).toEqual([7]);
  });

  it('of a pool or of all leaves out what its asker may not back up', async () => {
    for (const wish of [{ pool: 'office' }, { all: true }])
      await backups.start(person(...usual), { ...wish, storage: 'other' });
    for (const params of started) expect(params).toMatchObject({ vmids: [100], forbidden: [101] });
    expect(await backups.start(person(usual[1]!), { all: true, storage: 'other' })).toBe('OK');
    expect(started).toHaveLength(2);
  });

  it('of a job is told of guests that are gone, which others are refused for', async () => {
    await expect(backups.start(root, { vmid: '100,999', storage: 'other' })).rejects.toMatchObject({
      fields: { vmid: 'there is no guest 999' },
    });
    await backups.start(root, { vmid: '100,999', storage: 'other' }, { passMissing: true });
    expect(started).toMatchObject([{ vmids: [100], unknown: [999] }]);
  });

  it.each<[string, BackupWishes, string[], string]>([
    ['a guest', { vmid: '101' }, usual, '(/vms/101, VM.Backup)'],
    [
      'space on the storage',
      { vmid: '100' },
      ['/vms/100 VM.Backup'],
      '(/storage/other, Datastore.AllocateSpace)',
    ],
    [
      'retention',
      { vmid: '100', 'prune-backups': 'keep-last=1' },
      usual,
      '(/storage/other, Datastore.Allocate)',
    ],
    ['outdated retention', { vmid: '100', maxfiles: 1 }, usual, '(/storage/other, Datastore.Allocate)'],
    ['protection', { vmid: '100', protected: true }, usual, '(/storage/other, Datastore.Allocate)'],
    ['speed', { vmid: '100', bwlimit: 0 }, usual, '(/, Sys.Modify)'],
    ['rank', { vmid: '100', ionice: 0 }, usual, '(/, Sys.Modify)'],
    ['a program', { vmid: '100', script: '/bin/sh' }, usual, "only root@pam may set 'script'"],
    ['a folder', { vmid: '100', tmpdir: '/tmp' }, usual, "only root@pam may set 'tmpdir'"],
    [
      'space for fleecing',
      { vmid: '100', fleecing: '1,storage=local' },
      usual,
      '(/storage/local, Datastore.AllocateSpace)',
    ],
  ])('without the right to %s is forbidden', async (_name, wishes, rights, text) => {
    const asked = backups.start(person(...rights), { storage: 'other', ...wishes });
    await expect(asked).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining(text) });
    expect(started).toEqual([]);
  });

  it('may name a folder only as root', async () => {
    await expect(backups.start(person(...usual), { vmid: '100', dumpdir: '/x' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await backups.start(root, { vmid: '100', dumpdir: '/x' });
    expect(started).toMatchObject([{ options: { storage: null, folder: '/x' } }]);
  });

  it.each<[string, BackupWishes, object]>([
    ['a storage that is not there', { storage: 'nobody' }, { code: 'not-found' }],
    ['a pattern that is none', { 'exclude-path': ['/'] }, { code: 'invalid-input' }],
    ['a template that is none', { 'notes-template': '{{x}}' }, { code: 'invalid-input' }],
  ])('with %s is refused', async (_name, wishes, error) => {
    await expect(backups.start(root, { vmid: '100', storage: 'other', ...wishes })).rejects.toMatchObject(
      error,
    );
    expect(started).toEqual([]);
  });

  it('to a storage without backups is refused', async () => {
    await made.storages.create('images', 'memory', { content: 'images' });
    await expect(backups.start(root, { vmid: '100', storage: 'images' })).rejects.toMatchObject({
      code: expect.any(String),
    });
    expect(started).toEqual([]);
  });

  it('to stop ends what runs, with the right to', async () => {
    await expect(backups.stopAll(person())).rejects.toMatchObject({ code: 'forbidden' });
    expect(await backups.stopAll(person('/nodes/pve1 Sys.Modify'))).toBe('OK');
    expect(stopped).toBe(1);
  });
});

describe('the defaults', () => {
  it('are the node’s on top of the API’s; paths of the node are for root alone', async () => {
    conf = 'mode: stop\nscript: /hook\nmailto: root\n';
    expect(await backups.defaults(root, undefined)).toMatchObject({
      ...{
        mode: 'stop',
        script: '/hook',
        mailto: 'root',
        compress: '0',
        remove: 1,
        'prune-backups': 'keep-all=1',
      },
    });
    const seen = await backups.defaults(person('/storage/other Datastore.Audit'), 'other');
    expect(Object.keys(seen)).not.toContain('script');
    expect(Object.keys(seen)).not.toContain('mailto');
    await expect(backups.defaults(person(), 'other')).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('the configuration inside of a backup', () => {
  const name = 'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst';
  it('is for whoever may read the backup', async () => {
    await made.addVolume(`other:backup/${name}`);
    const read = (asker: Asker, volume = `other:backup/${name}`) =>
      backups.extractConfig(quietContext(), asker, volume);
    expect(await read(person(...usual))).toBe(`name: ${name}\n`);
    for (const rights of [[], [usual[0]!], [usual[1]!]])
      await expect(read(person(...rights))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(read(person(...usual), '/etc/passwd')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(read(root, 'other:backup/nothing.vma')).rejects.toMatchObject({ code: 'not-found' });
    await expect(read(root, 'other:iso/a.iso')).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
