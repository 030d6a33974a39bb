// `croft backup` against a fake daemon: what is asked, and how a proof is shown.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /nodes', () => [{ node: 'pve1' }]);
});
afterEach(() => daemon.stop());
const volume = 'nas:backup/vzdump-qemu-100-2026_11_22-02_00_00.vma.zst';
const run = (...words: string[]) => daemon.run(['--node', 'pve1', '--no-wait', ...words]);

test('a try is asked for by the options of the API', async () => {
  daemon.on(
    'POST /nodes/pve1/vzdump/test',
    () => 'UPID:pve1:00000001:00000001:00000001:backuptest:100:root@pam:',
  );
  const { code, err } = await run('backup', 'test', volume, '--wait', 'screen', '--timeout=60');
  expect(code, err).toBe(0);
  expect(JSON.parse(daemon.asked.find(({ verb }) => verb === 'POST')?.body ?? '')).toEqual({
    ...{ volume, wait: 'screen', timeout: '60' },
  });
});

test('what came of it is shown without what would move the cursor', async () => {
  daemon.on('GET /nodes/pve1/vzdump/proof', () => ({
    ...{
      state: 'failed',
      ended: 0,
      restoredBytes: 1_073_741_824,
      restoreSeconds: 12,
      wait: 'port',
      port: 443,
    },
    ...{ problem: 'nothing \x1b[2Jlistens', picture: 1, notes: ['net0: gone'] },
  }));
  const { out, code } = await run('backup', 'proof', volume);
  expect(code).toBe(0);
  expect(out).toMatch(/^state: +failed$/m);
  expect(out).toMatch(/^waited for: +port 443$/m);
  expect(out).toMatch(/^problem: +nothing \?\[2Jlistens$/m);
  expect(out).toMatch(/^note: +net0: gone$/m);
  expect(out).not.toMatch(/came|after/);
});

test('a job tries its backups', async () => {
  daemon.on(
    'POST /cluster/backup/a/test',
    () => 'UPID:pve1:00000001:00000001:00000001:backuptest::root@pam:',
  );
  expect((await run('backup-job', 'test', 'a')).code).toBe(0);
});
