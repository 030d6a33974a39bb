// What an appliance does when its state is full, damaged, exported or thrown away.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { callTls } from '../host/api.ts';
import { labPassword } from './answer-medium.ts';
import { applianceOf, waitUntilBack } from './appliance-steps.ts';
import { withLab } from './fixture.ts';
import type { LabNode } from './node.ts';

const minute = 60_000;
const database = '/var/lib/croft/croft.db';

it('goes on with a full state partition, and refuses changes until there is room', async () => {
  await withLab(1, async ([node]) => {
    const { ssh, api, machine, name } = node!;
    await ssh.script(`
      fallocate -l "$(df --block-size=1 --output=avail /state | tail -n 1)" /state/lab-fill
      # What is left of blocks, and of those that are kept for root.
      dd if=/dev/zero of=/state/lab-fill-rest bs=1M status=none 2> /dev/null || true
      dd if=/dev/zero of=/state/lab-fill-end bs=512 status=none 2> /dev/null || true
      sync --file-system /state
    `);
    const refused = await addUntilRefused(node!);
    expect(refused.reason).toMatch(/no space left|partition .*full/i);
    expect(refused.status).toBe(500);

    api.logOut();
    await api.login();
    expect(await api.call('GET', '/version')).toHaveProperty('version');
    const { warnings, state } = await applianceOf(node!);
    expect(warnings.join()).toMatch(/State partition is 100% full/);
    expect(state?.freeBytes).toBe(0);
    const users = await userIds(node!);
    expect(users).toContain('root@pam');
    expect(users).not.toContain(refused.userid);
    expect(await ssh.output(['systemctl', 'show', '--property=NRestarts', '--value', 'croft'])).toBe('0');

    await ssh.script('rm /state/lab-fill*');
    await api.call('POST', '/access/users', { userid: refused.userid });
    expect(await userIds(node!)).toContain(refused.userid);
    expect((await applianceOf(node!)).warnings).toEqual([]);
    // What had no room is not lost for later starts either.
    await ssh.run(['systemctl', 'restart', 'croft']);
    await waitUntilBack(node!);
    expect(await userIds(node!)).toEqual(expect.arrayContaining([...users, refused.userid]));
    expect(await api.call('GET', `/nodes/${name}/status`)).toHaveProperty('uptime');
    expect(machine.running).toBe(true);
  });
});

/** The write-ahead log has some room that is there already: it takes changes to come to the end of it. */
async function addUntilRefused({
  api,
}: LabNode): Promise<{ status: number; reason: string; userid: string }> {
  const headers = await api.login();
  for (let count = 0; count < 2000; count++) {
    const userid = `fill${count}@pve`;
    const params = { userid, comment: 'x'.repeat(2000) };
    const { status, reason } = await callTls(api.port, 'POST', '/access/users', params, headers);
    if (status !== 200) return { status, reason, userid };
  }
  throw new Error('2000 users found room on a full partition');
}

it('says that its database is damaged, and takes a copy of the configuration back', async () => {
  await withLab(1, async ([node]) => {
    const { ssh, api } = node!;
    await api.call('POST', '/access/users', { userid: 'early@pve' });
    // At each stop after changes a copy is made.
    await ssh.run(['systemctl', 'restart', 'croft'], { timeoutMs: 3 * minute });
    await waitUntilBack(node!);
    const early = (await backups(node!))[0]!;
    await api.call('POST', '/access/users', { userid: 'late@pve' });
    await ssh.run(['systemctl', 'stop', 'croft'], { timeoutMs: 2 * minute });
    expect((await backups(node!)).length).toBeGreaterThanOrEqual(2);

    await ssh.script(`
      pages=$(($(stat -c %s ${database}) / 4096))
      # The head stays: a file that is no database at all would be found more easily.
      [ "$pages" -ge 6 ] || { echo "the database has $pages pages" >&2; exit 1; }
      dd if=/dev/urandom of=${database} bs=4096 seek=2 count=$((pages - 3)) conv=notrunc status=none
      sync
      systemctl start --no-block croft
    `);
    const page = await rescuePage(node!);
    expect(page).toContain('The database is damaged and was left as it is.');
    for (const backup of await backups(node!)) expect(page).toContain(backup);
    const answer = await callTls(api.port, 'GET', '/version');
    expect(answer).toMatchObject({
      status: 503,
      reason: expect.stringMatching(
        /^The database is damaged and was left as it is\. The newest good copy is of [-\d]{10} [:\d]{5} UTC: 'croft state restore croft-\w+\.db' puts it in place\.$/,
      ),
    });

    await ssh.run(['croft', 'state', 'restore', early], { timeoutMs: 3 * minute });
    await waitUntilBack(node!);
    const users = await userIds(node!);
    expect(users).toContain('early@pve');
    expect(users).not.toContain('late@pve');
    expect(await ssh.output(['ls', '/var/lib/croft'])).toMatch(/croft\.db\.damaged-/);
    expect((await applianceOf(node!)).warnings).toEqual([]);
  });
});

/** Names, the newest first. */
async function backups({ ssh }: LabNode): Promise<string[]> {
  const text = await ssh.output(['croft', '--json', 'state', 'backups']);
  return (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
}

async function rescuePage({ api, machine }: LabNode): Promise<string> {
  const until = Date.now() + 3 * minute;
  for (;;) {
    const answer = await fetchRaw(api.port, '/').catch(() => undefined);
    if (answer?.status === 503) return answer.body.toString();
    if (answer) throw new Error(`the page of a damaged daemon: ${answer.status}`);
    if (!machine.running || Date.now() > until)
      throw new Error('the daemon with a damaged database is silent');
    await delay(1000);
  }
}

it('exports its state, and forgets its settings but not how it is reached', async () => {
  await withLab(1, async ([node]) => {
    const { api, ssh, name, machine } = node!;
    await api.call('POST', '/access/users', { userid: 'gone@pve' });
    await ssh.script('echo x > /var/lib/croft/local/lab-guest-data');
    await isWholeExport(node!, 'gone@pve');

    const machineId = await ssh.output(['cat', '/etc/machine-id']);
    await expect(api.call('POST', `/nodes/${name}/appliance/reset`, { confirm: 'wrong' })).rejects.toThrow(
      /must be the node's name/,
    );
    const before = await machine.eventCount();
    await ssh.close();
    await api.waitTask(
      await api.call<string>('POST', `/nodes/${name}/appliance/reset`, { confirm: name }),
      2 * minute,
    );
    await machine.waitEvent('RESET', 3 * minute, before);
    await waitUntilBack(node!);
    // The same password, the same name, the same address; ssh by the same key.
    expect(await api.node()).toBe(name);
    expect(await userIds(node!)).toEqual(['root@pam']);
    await ssh.waitUntilUp(3 * minute, () => machine.running);
    expect(await ssh.output(['hostname'])).toBe(name);
    expect(await ssh.output(['cat', '/etc/machine-id'])).toBe(machineId);
    expect(await ssh.output(['cat', '/var/lib/croft/local/lab-guest-data'])).toBe('x');
    expect(await applianceOf(node!)).toMatchObject({ mode: 'installed', slot: 'A', warnings: [] });
    expect(await ssh.output(['ls', '/state'])).not.toMatch(/reset/);
    expect(await ssh.output(['systemctl', '--failed', '--no-legend', '--plain'])).toBe('');
  });
});

async function isWholeExport({ api, name }: LabNode, settingInside: string): Promise<void> {
  const path = `/api2/json/nodes/${name}/appliance/state`;
  const { status, headers, body } = await fetchRaw(api.port, path, await api.login());
  expect(status).toBe(200);
  expect(headers['content-disposition']).toMatch(
    new RegExp(`filename="croft-state-${name}-[-\\d]+\\.tar\\.gz"`),
  );
  const folder = mkdtempSync(join(tmpdir(), 'croft-lab-export-'));
  try {
    const file = join(folder, 'state.tar.gz');
    writeFileSync(file, body);
    const { stdout } = await exec('tar', ['--list', '--gzip', '--file', file]);
    const names = stdout.trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['dirs/var/lib/croft/croft.db', 'install.json', 'schema']));
    expect(names).toContain('accounts/shadow');
    expect(names.filter((one) => /^dirs\/var\/lib\/croft\/local\/./.test(one))).toEqual([]);
    await exec('tar', [
      '--extract',
      '--gzip',
      '--file',
      file,
      '--directory',
      folder,
      'dirs/var/lib/croft/croft.db',
    ]);
    const copy = readFileSync(join(folder, 'dirs/var/lib/croft/croft.db'));
    expect(copy.toString('latin1', 0, 15)).toBe('SQLite format 3');
    expect(copy.includes(settingInside)).toBe(true);
    expect(body.includes(labPassword)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function userIds({ api }: LabNode): Promise<string[]> {
  const users = await api.call<{ userid: string }[]>('GET', '/access/users');
  return users.map(({ userid }) => userid).sort();
}

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A page or a file, as it comes. */
function fetchRaw(port: number, path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, agent: false };
    const outgoing = request(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
