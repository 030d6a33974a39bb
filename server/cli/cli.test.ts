// The command line against a daemon that answers from a table.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeDaemon, Reply } from './daemon-fixture.ts';
import type { Input } from './io.ts';

const upid = 'UPID:pve1:00000001:00000002:69000000:qmstart:100:root@pam:';
const taskBase = `/nodes/pve1/tasks/${upid.replaceAll(':', '%3A').replace('@', '%40')}`;
const guests = [
  {
    id: 'qemu/100',
    type: 'qemu',
    vmid: 100,
    name: 'web',
    status: 'running',
    node: 'pve1',
    maxcpu: 2,
    maxmem: 2 * 1024 ** 3,
    uptime: 3700,
  },
  { id: 'qemu/20000', type: 'qemu', vmid: 20000, name: 'db', status: 'stopped', node: 'pve2', maxcpu: 1 },
  { id: 'lxc/300', type: 'lxc', vmid: 300, name: 'ct', status: 'running', node: 'pve1' },
];

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /cluster/resources', () => guests);
});
afterEach(() => daemon.stop());

const bodyOf = (verb: string) => JSON.parse(daemon.asked.find((one) => one.verb === verb)?.body ?? 'null');
const taskAsks = (name: string) => daemon.asked.filter((one) => one.path.endsWith(`/${name}`));

/** A task that says its lines one by one and then ends. */
function answerTask(lines: string[], exitstatus: string): void {
  let said = 0;
  daemon.on(`GET ${decodeURI(taskBase)}/status`, () => {
    const over = said === lines.length;
    said = Math.min(said + 1, lines.length);
    return over ? { status: 'stopped', exitstatus } : { status: 'running' };
  });
  daemon.on(`GET ${decodeURI(taskBase)}/log`, ({ query }) => {
    const from = Number(query['start']);
    const data = lines.slice(from, said).map((t, at) => ({ n: from + at + 1, t }));
    const none = [{ n: 1, t: 'no content' }];
    return new Reply(200, { data: said === 0 ? none : data, total: said });
  });
}

/** A person at a terminal who types this. */
const terminalWith = (text: string): Input => {
  const stream = new PassThrough() as PassThrough & { isTTY: boolean };
  stream.isTTY = true;
  stream.end(text);
  return stream;
};

describe('lists', () => {
  test('are aligned, plain, and show only virtual machines', async () => {
    expect(await daemon.run(['vm', 'list'])).toEqual({
      code: 0,
      err: '',
      out: [
        ' VMID  NAME  STATUS   CORES   MEMORY  NODE  UPTIME  TAGS',
        '  100  web   running      2  2.0 GiB  pve1  1h 1m',
        '20000  db    stopped      1           pve2',
        '',
      ].join('\n'),
    });
  });

  test('are JSON when wanted, wherever the option stands', async () => {
    const before = await daemon.run(['--json', 'vm', 'list']);
    const after = await daemon.run(['vm', 'list', '--json']);
    expect(JSON.parse(before.out)).toEqual(guests.slice(0, 2));
    expect(after.out).toBe(before.out);
  });

  test('say what to do when there is nothing', async () => {
    daemon.on('GET /cluster/resources', () => []);
    expect((await daemon.run(['vm', 'list'])).out).toBe("no VMs yet; 'croft vm create' makes one\n");
  });

  test('show no control characters of others', async () => {
    daemon.on('GET /cluster/resources', () => [{ ...guests[0], name: 'a\x1b[2Jb\nc' }]);
    expect((await daemon.run(['vm', 'list'])).out).toContain('a?[2Jb c');
  });
});

describe('creating', () => {
  const path = 'POST /nodes/pve1/qemu';

  test('hands all keys to the API, picks the next number, waits, and shows the log', async () => {
    daemon.on('GET /cluster/nextid', () => '101');
    daemon.on(path, () => upid);
    answerTask(['made the disk', 'made the VM'], 'OK');
    const { code, out } = await daemon.run(
      'vm create --name web --memory 2048 --scsi0 local:32 --cdrom local:iso/x.iso --net0=virtio,bridge=vmbr0 --onboot'.split(
        ' ',
      ),
    );
    expect(out).toBe('made the disk\nmade the VM\nVM 101 is there\n');
    expect(code).toBe(0);
    expect(bodyOf('POST')).toEqual({
      vmid: '101',
      name: 'web',
      memory: '2048',
      scsi0: 'local:32',
      cdrom: 'local:iso/x.iso',
      net0: 'virtio,bridge=vmbr0',
      onboot: '1',
    });
  });

  test('takes a number, and global options between its keys', async () => {
    daemon.on(path, () => upid);
    const { out } = await daemon.run(['vm', 'create', '200', '--name', 'x', '--no-wait', '--cores', '2']);
    expect(out).toBe(`${upid}\n`);
    expect(bodyOf('POST')).toEqual({ vmid: '200', name: 'x', cores: '2' });
    expect(daemon.asked.some((one) => one.path === '/cluster/nextid')).toBe(false);
  });

  test('gives one JSON answer, with the log beside it', async () => {
    daemon.on('GET /cluster/nextid', () => 101);
    daemon.on(path, () => upid);
    answerTask(['made the disk'], 'OK');
    const { out, err } = await daemon.run(['vm', 'create', '--json']);
    expect(JSON.parse(out)).toEqual({ vmid: 101, upid, exitstatus: 'OK' });
    expect(err).toBe('made the disk\n');
  });

  test('explains refused parameters, and what was probably meant', async () => {
    daemon.on('GET /cluster/nextid', () => '101');
    daemon.on(
      path,
      () =>
        new Reply(400, {
          message: 'Parameter verification failed.\n',
          code: 'invalid-input',
          errors: {
            memroy: 'property is not defined in schema and the schema does not allow additional properties',
            cores: 'value must have a minimum value of 1',
          },
        }),
    );
    const { code, out, err } = await daemon.run(['vm', 'create', '--memroy', '1', '--cores', '0']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('croft: Parameter verification failed.\n  memroy: property is not defined');
    expect(err).toContain('  cores: value must have a minimum value of 1\n');
    expect(err).toContain('hint: did you mean --memory instead of --memroy?\n');
  });

  test('does not send words that belong to no option', async () => {
    const { code, err } = await daemon.run(['vm', 'create', '--name', 'web', 'stray']);
    expect(code).toBe(1);
    expect(err).toContain("'stray' does not belong to any option");
    expect(daemon.asked).toEqual([]);
  });
});

describe('tasks', () => {
  beforeEach(() => daemon.on('POST /nodes/pve1/qemu/100/status/start', () => upid));

  test('that fail make the command fail with their error', async () => {
    answerTask(['trying'], 'no space left on the device');
    const { code, out, err } = await daemon.run(['vm', 'start', 'web']);
    expect([code, out]).toEqual([1, 'trying\n']);
    expect(err).toBe('croft: the task failed: no space left on the device\n');
  });

  test('with warnings are successes that say so', async () => {
    answerTask(['careful'], 'WARNINGS: 1');
    expect(await daemon.run(['vm', 'start', '100'])).toEqual({
      code: 0,
      out: 'careful\nended with warnings: 1\n',
      err: '',
    });
  });

  test('are not watched with --no-wait', async () => {
    expect((await daemon.run(['vm', 'start', '100', '--no-wait'])).out).toBe(`${upid}\n`);
    expect(taskAsks('status')).toEqual([]);
  });

  test('have logs that are read to the end, each line once', async () => {
    const lines = Array.from({ length: 1203 }, (_, at) => `line ${at}`);
    daemon.on(`GET ${decodeURI(taskBase)}/log`, ({ query }) => {
      const start = Number(query['start']);
      const data = lines
        .slice(start, start + Number(query['limit']))
        .map((t, at) => ({ n: start + at + 1, t }));
      return new Reply(200, { data, total: lines.length });
    });
    expect((await daemon.run(['task', 'log', upid])).out).toBe(`${lines.join('\n')}\n`);
  });

  test('are watched and cancelled by UPID', async () => {
    answerTask(['a'], 'cancelled');
    daemon.on(`DELETE ${decodeURI(taskBase)}`, () => null);
    expect(await daemon.run(['task', 'watch', upid])).toMatchObject({ code: 1, out: 'a\ncancelled\n' });
    expect(await daemon.run(['task', 'cancel', upid])).toMatchObject({ code: 0, out: 'a\ncancelled\n' });
    const { code, err } = await daemon.run(['task', 'log', '../../nodes']);
    expect([code, err]).toEqual([1, expect.stringContaining("upid: not a task's UPID")]);
  });

  test('are listed', async () => {
    daemon.on('GET /nodes/pve1/tasks', () => [
      {
        upid,
        starttime: 1,
        user: 'root@pam',
        type: 'qmstart',
        id: '100',
        description: 'VM 100 - Start',
        progress: 0.5,
      },
    ]);
    const { out } = await daemon.run(['task', 'list', '--running']);
    expect(out).toContain('VM 100 - Start');
    expect(out).toContain('running 50%');
    expect(daemon.asked.at(-1)?.query).toEqual({ source: 'active', limit: '20' });
  });
});

describe('virtual machines', () => {
  test('are found by name on their node', async () => {
    daemon.on('POST /nodes/pve2/qemu/20000/config', () => null);
    expect(await daemon.run(['vm', 'set', 'db', '--memory', '512', '--delete', 'net1'])).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect(bodyOf('POST')).toEqual({ memory: '512', delete: 'net1' });
  });

  test('take the password of cloud-init from standard input alone, and keys from a file', async () => {
    daemon.on('POST /nodes/pve2/qemu/20000/config', () => null);
    const refused = await daemon.run(['vm', 'set', 'db', '--cipassword', 'secret']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('standard input')]);
    expect(daemon.asked.some((one) => one.verb === 'POST')).toBe(false);
    const file = join(import.meta.dirname, 'ct-words.ts');
    const words = ['vm', 'set', 'db', '--cipassword', '-', '--sshkeys'];
    await daemon.run([...words, 'ssh-ed25519 AAAAC3 ann'], { terminal: terminalWith('secret\n') });
    expect(bodyOf('POST')).toEqual({ cipassword: 'secret', sshkeys: 'ssh-ed25519%20AAAAC3%20ann' });
    expect((await daemon.run(['vm', 'set', 'db', '--sshkeys', file])).code).toBe(0);
    expect(JSON.parse(daemon.asked.at(-1)!.body!).sshkeys).toMatch(/^%2F%2F%20The%20short/);
    expect((await daemon.run(['vm', 'set', 'db', '--sshkeys', '/none'])).err).toContain("'/none'");
  });

  test('show and make anew what cloud-init tells them', async () => {
    const path = '/nodes/pve1/qemu/100/cloudinit';
    daemon.on(`GET ${path}`, () => [{ key: 'ciuser', value: 'ann', pending: 'bob' }]);
    daemon.on(`GET ${path}/dump`, () => '#cloud-config\n');
    daemon.on(`PUT ${path}`, () => null);
    expect((await daemon.run(['vm', 'cloudinit', 'pending', '100'])).out).toMatch(/ciuser: ann \(bob from/);
    expect((await daemon.run(['vm', 'cloudinit', 'dump', '100', 'user'])).out).toBe('#cloud-config\n');
    expect(daemon.asked.at(-1)?.query).toEqual({ type: 'user' });
    expect((await daemon.run(['vm', 'cloudinit', 'dump', '100', 'vendor'])).code).toBe(1);
    expect(await daemon.run(['vm', 'cloudinit', 'update', '100'])).toEqual({ code: 0, out: '', err: '' });
  });

  test('that do not exist, or not uniquely, are an error before anything is done', async () => {
    expect((await daemon.run(['vm', 'start', '100', 'nobody'])).err).toContain("there is no VM 'nobody'");
    daemon.on('GET /cluster/resources', () => [guests[0], { ...guests[1], name: 'web' }]);
    expect((await daemon.run(['vm', 'start', 'web'])).err).toContain("called 'web': 100, 20000");
    expect(daemon.asked.some((one) => one.verb === 'POST')).toBe(false);
  });

  test('shut down with the options of the API', async () => {
    daemon.on('POST /nodes/pve1/qemu/100/status/shutdown', () => null);
    await daemon.run(['vm', 'shutdown', '100', '--timeout', '5', '--force-stop']);
    expect(bodyOf('POST')).toEqual({ timeout: '5', forceStop: '1' });
    expect((await daemon.run(['vm', 'shutdown', '100', '--timeout', 'x'])).code).toBe(1);
  });

  test('show what waits for the next start', async () => {
    daemon.on('GET /nodes/pve1/qemu/100/status/current', () => ({ status: 'running', uptime: 90 }));
    daemon.on('GET /nodes/pve1/qemu/100/pending', () => [
      { key: 'memory', value: 2048, pending: 4096 },
      { key: 'net1', value: 'virtio', delete: 1 },
      { key: 'name', value: 'web' },
    ]);
    expect((await daemon.run(['vm', 'show', '100'])).out).toBe(
      [
        'status: running for 1m 30s',
        'memory: 2048 (4096 from the next start)',
        'net1:   virtio (goes away at the next start)',
        'name:   web',
        '',
      ].join('\n'),
    );
  });

  test.each([
    [
      { host: { status: 'ok', problems: [] }, guest: { status: 'ok', by: 'agent' } },
      'node check:  fine: its process, disks and storages\nguest check: fine: its agent answers\n',
    ],
    [
      {
        host: { status: 'failed', problems: ["storage 'nas' cannot be used", 'its system has crashed'] },
        guest: { status: 'failed', by: 'activity' },
      },
      "node check:  failed: storage 'nas' cannot be used; its system has crashed\n" +
        'guest check: failed: nothing on its network or disks for five minutes\n',
    ],
    [
      { host: { status: 'ok', problems: [] }, guest: { status: 'unknown', by: 'agent' } },
      'node check:  fine: its process, disks and storages\nguest check: not known yet\n',
    ],
    [undefined, ''],
  ])('show their checks while they run: %j', async (checks, lines) => {
    daemon.on('GET /nodes/pve1/qemu/100/status/current', () => ({ status: 'running', checks }));
    daemon.on('GET /nodes/pve1/qemu/100/pending', () => []);
    const { out } = await daemon.run(['vm', 'show', '100']);
    expect(out).toBe(`${lines === '' ? 'status:' : 'status:     '} running\n${lines}`);
    const told = JSON.parse((await daemon.run(['--json', 'vm', 'show', '100'])).out) as object;
    expect(told).toMatchObject({ status: checks === undefined ? { status: 'running' } : { checks } });
  });

  test.each([
    ['yes\n', 0, 1],
    ['n\n', 1, 0],
    ['', 1, 0],
  ])('are deleted on a terminal after %j with code %i', async (typed, code, deletions) => {
    daemon.on('DELETE /nodes/pve1/qemu/100', () => null);
    const outcome = await daemon.run(['vm', 'delete', '100'], { terminal: terminalWith(typed) });
    expect(outcome.code).toBe(code);
    expect(outcome.err).toContain('VM 100 and its disks will be lost.');
    expect(daemon.asked.filter((one) => one.verb === 'DELETE')).toHaveLength(deletions);
  });

  test('are deleted without a question in scripts and with --yes', async () => {
    daemon.on('DELETE /nodes/pve1/qemu/100', () => null);
    expect((await daemon.run(['vm', 'delete', '100'])).code).toBe(0);
    expect((await daemon.run(['vm', 'delete', '100', '-y'], { terminal: terminalWith('') })).code).toBe(0);
  });
});

describe('the console', () => {
  const ticket = 'PVEVNC:abc::x/y+z=';

  test('logs in, carries both ways, and ends at Ctrl-]', async () => {
    daemon.on('POST /nodes/pve1/qemu/100/termproxy', () => ({ port: 5901, ticket, user: 'root@pam' }));
    const heard: string[] = [];
    let url = '';
    const terminal = new PassThrough() as PassThrough & Input & { modes: boolean[] };
    Object.assign(terminal, {
      isTTY: true,
      modes: [],
      setRawMode: (raw: boolean) => terminal.modes.push(raw),
    });
    daemon.onSocket = (socket, path) => {
      url = path;
      socket.on('message', (data) => {
        heard.push(String(data));
        if (heard.length === 1) {
          // Both in one go: nothing said right after the admission may be lost.
          socket.send('OK');
          socket.send('login: ');
          setTimeout(() => terminal.write('rööt\r'), 20);
        } else terminal.write('x\x1dnever');
      });
    };
    const { code, out, err } = await daemon.run(['vm', 'console', 'web'], { terminal });
    expect(code).toBe(0);
    expect(out).toBe('login: ');
    expect(err).toContain('Left the console; the VM goes on.');
    expect(heard).toEqual([`root@pam:${ticket}\n`, '0:7:rööt\r', '0:1:x']);
    expect(new URLSearchParams(url.split('?')[1]).get('vncticket')).toBe(ticket);
    expect(terminal.modes).toEqual([true, false]);
  });

  test('that is refused is an error', async () => {
    daemon.on('POST /nodes/pve1/qemu/100/termproxy', () => ({ port: 5901, ticket, user: 'root@pam' }));
    const { code, err } = await daemon.run(['vm', 'console', '100']);
    expect([code, err]).toEqual([1, 'croft: the console does not open\n']);
  });

  test('of a VM without a serial port says what the daemon says', async () => {
    const errors = { serial: 'VM 100 has no such serial port' };
    daemon.on(
      'POST /nodes/pve1/qemu/100/termproxy',
      () => new Reply(400, { message: 'Parameter verification failed.', code: 'invalid-input', errors }),
    );
    expect((await daemon.run(['vm', 'console', '100'])).err).toContain(
      'serial: VM 100 has no such serial port',
    );
  });
});

describe('storage', () => {
  test('uploads the bytes with kind and checksum before them', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
    const file = join(daemon.folder, 'debian.iso');
    await writeFile(file, content);
    daemon.on('POST /nodes/pve1/storage/local/upload', () => null);
    const sum = createHash('sha256').update(content).digest('hex');
    const { code, err } = await daemon.run([
      'storage',
      'upload',
      'local',
      file,
      '--checksum',
      `sha256:${sum}`,
    ]);
    expect([code, err]).toEqual([0, '']);
    const asked = daemon.asked.at(-1);
    const form = await new Response(Buffer.from(asked?.body ?? '', 'latin1'), {
      headers: { 'Content-Type': asked?.type ?? '' },
    }).formData();
    expect([...form.keys()]).toEqual(['checksum-algorithm', 'checksum', 'content', 'filename']);
    expect(form.get('content')).toBe('iso');
    expect(form.get('checksum')).toBe(sum);
    const part = form.get('filename') as File;
    expect(part.name).toBe('debian.iso');
    expect(Buffer.from(await part.arrayBuffer()).equals(content)).toBe(true);
  });

  test('refuses before sending what it cannot read or does not know', async () => {
    expect((await daemon.run(['storage', 'upload', 'local', '/nowhere/x.iso'])).err).toContain(
      'there is no such file',
    );
    expect((await daemon.run(['storage', 'upload', 'local', '/etc/hostname'])).err).toContain('give --type');
    const missing = { message: "storage 'x.iso' does not exist", code: 'not-found' };
    daemon.on('GET /storage/x.iso', () => new Reply(500, missing));
    expect((await daemon.run(['storage', 'remove', 'x.iso'])).err).toContain('write storage:name');
    expect(daemon.asked.filter((one) => one.verb !== 'GET')).toEqual([]);
  });

  test('removes a volume by its full name', async () => {
    daemon.on('DELETE /nodes/pve1/storage/local/content/local%3Aiso%2Fx.iso', () => null);
    expect((await daemon.run(['storage', 'remove', 'local:iso/x.iso'])).code).toBe(0);
  });

  test('lists storages and their content', async () => {
    daemon.on('GET /nodes/pve1/storage', () => [
      { storage: 'local', type: 'dir', content: 'iso', active: 1, total: 1024, used: 512, avail: 512 },
      { storage: 'nfs', type: 'nfs', content: 'iso', active: 0, problem: 'the server does not answer' },
    ]);
    daemon.on('GET /nodes/pve1/storage/local/content', ({ query }) => [
      { volid: 'local:iso/x.iso', content: query['content'], format: 'iso', size: 5 },
    ]);
    const { out } = await daemon.run(['storage', 'list']);
    expect(out).toMatch(/^local\s+dir\s+available\s+512 B/m);
    expect(out).toMatch(/unavailable.*the server does not answer/);
    expect((await daemon.run(['storage', 'content', 'local', '--type', 'iso'])).out).toMatch(
      /x\.iso\s+iso\s+iso\s+5 B/,
    );
  });
});

describe('users and tokens', () => {
  test('a password comes from standard input, never from arguments', async () => {
    daemon.on('POST /access/users', () => null);
    await daemon.run(['user', 'add', 'ann@pve', '--comment', 'Ann'], { input: 'correct horse\n' });
    expect(bodyOf('POST')).toEqual({ userid: 'ann@pve', comment: 'Ann', password: 'correct horse' });
    const { err } = await daemon.run(['user', 'add', 'bob@pve']);
    expect(err).toContain('a password is needed');
  });

  test('a lost second factor is taken away, all of it, after a question', async () => {
    daemon.on('GET /access/tfa/ann%40pve', () => [
      { id: 'recovery', type: 'recovery', description: '' },
      { id: 'totp:5a', type: 'totp', description: 'phone\u001b[2J' },
    ]);
    daemon.on('DELETE /access/tfa/ann%40pve/recovery', () => null);
    daemon.on('DELETE /access/tfa/ann%40pve/totp%3A5a', () => null);
    const asked = () => daemon.asked.filter(({ verb }) => verb === 'DELETE').length;
    const reset = ['user', 'reset-second-factor', 'ann@pve'];
    expect(await daemon.run(reset, { terminal: terminalWith('no\n') })).toMatchObject({
      code: 1,
      err: expect.stringContaining('phone'),
    });
    expect(asked()).toBe(0);
    const { code, err } = await daemon.run(reset, { terminal: terminalWith('yes\n') });
    expect({ code, asked: asked() }).toEqual({ code: 0, asked: 2 });
    expect(err).not.toContain('\u001b');
    daemon.on('GET /access/tfa/ann%40pve', () => []);
    expect((await daemon.run(reset)).out).toContain('no second factor');
  });

  test('users of the machine have theirs already', async () => {
    daemon.on('POST /access/users', () => null);
    await daemon.run(['user', 'add', 'ann@pam']);
    expect(bodyOf('POST')).toEqual({ userid: 'ann@pam' });
  });

  test('the secret of a token is the answer', async () => {
    daemon.on('POST /access/users/root%40pam/token/ci', () => ({
      'full-tokenid': 'root@pam!ci',
      value: 's3',
    }));
    const { out } = await daemon.run(['token', 'add', 'root@pam', 'ci', '--no-privsep']);
    expect(out).toBe('root@pam!ci=s3\n');
    expect(bodyOf('POST')).toEqual({ privsep: '0' });
  });
});

describe('api', () => {
  test('calls any method with its parameters', async () => {
    daemon.on('GET /cluster/x', () => [{ a: 1, b: 'two' }, { a: 10 }]);
    expect((await daemon.run(['api', 'get', '/cluster/x', '--type', 'vm'])).out).toBe('a   b\n1   two\n10\n');
    expect(daemon.asked.at(-1)?.query).toEqual({ type: 'vm' });
    daemon.on('PUT /cluster/options', () => null);
    expect(await daemon.run(['api', 'set', 'cluster/options', '--a', 'x', '--a', 'y'])).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect(bodyOf('PUT')).toEqual({ a: ['x', 'y'] });
  });

  test('shows objects as pairs and all as JSON', async () => {
    daemon.on('GET /version', () => ({ version: '9.1', deep: { a: [1] } }));
    expect((await daemon.run(['api', 'get', '/version'])).out).toBe('version: 9.1\ndeep:    {"a":[1]}\n');
    expect(JSON.parse((await daemon.run(['api', 'get', '/version', '--json'])).out)).toEqual({
      version: '9.1',
      deep: { a: [1] },
    });
  });

  test('fails as the method does, and refuses what is no path', async () => {
    const { code, err } = await daemon.run(['api', 'get', '/nothing']);
    expect([code, err]).toEqual([1, "croft: Method 'GET /nothing' not implemented\n"]);
    expect((await daemon.run(['api', 'get', '/a?b=c'])).err).toContain('path: a path such as /nodes');
    const json = await daemon.run(['api', 'get', '/nothing', '--json']);
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'unsupported' } });
  });
});

describe('the program', () => {
  test('says how to start a daemon that does not run', async () => {
    await daemon.stop();
    const { code, err } = await daemon.run(['vm', 'list']);
    expect(code).toBe(1);
    expect(err).toContain(`the Croft daemon is not running: nobody answers at ${daemon.socketPath}\n`);
    expect(err).toContain('hint: start it with');
  });

  test('suggests for mistyped commands and options, with code 2', async () => {
    const command = await daemon.run(['vm', 'strat', '100']);
    expect([command.code, command.err]).toEqual([2, expect.stringContaining('Did you mean start?')]);
    const option = await daemon.run(['storage', 'content', 'local', '--typ', 'iso']);
    expect([option.code, option.err]).toEqual([2, expect.stringContaining('Did you mean --type?')]);
  });

  test('shows help, with code 0 when it was asked for', async () => {
    const asked = await daemon.run(['vm', 'create', '--help']);
    expect([asked.code, asked.out]).toEqual([0, expect.stringContaining('--net0 virtio,bridge=vmbr0')]);
    expect((await daemon.run(['vm'])).code).toBe(2);
  });

  test('works on the node it is told, if there is one', async () => {
    daemon.on('GET /nodes', () => [{ node: 'pve1' }, { node: 'pve2' }]);
    daemon.on('GET /cluster/status', () => [
      { type: 'cluster', name: 'office' },
      { type: 'node', name: 'pve1', local: 0 },
      { type: 'node', name: 'pve2', local: 1 },
    ]);
    daemon.on('GET /nodes/pve1/storage', () => []);
    daemon.on('GET /nodes/pve2/storage', () => []);
    await daemon.run(['storage', 'list']);
    expect(daemon.asked.at(-1)?.path).toBe('/nodes/pve2/storage');
    await daemon.run(['storage', 'list', '--node', 'pve1']);
    expect(daemon.asked.at(-1)?.path).toBe('/nodes/pve1/storage');
    expect((await daemon.run(['storage', 'list', '--node', 'x'])).err).toContain('there is: pve1, pve2');
  });

  test.each([
    ['OK', 0],
    ['100 does not stop', 1],
  ])('stops all guests of a node, and tells how that ended: %s', async (exitstatus, code) => {
    const upid = 'UPID:pve1:00000001:00000001:00000001:stopall::root@pam:';
    const task = `GET /nodes/pve1/tasks/${encodeURIComponent(upid)}`;
    daemon.on('POST /nodes/pve1/stopall', () => upid);
    daemon.on(`${task}/log`, () => []);
    daemon.on(`${task}/status`, () => ({ status: 'stopped', exitstatus }));
    expect((await daemon.run(['node', 'stop-guests'])).code).toBe(code);
    const { body = '' } = daemon.asked.find(({ verb }) => verb === 'POST') ?? {};
    expect(JSON.parse(body)).toEqual({ 'max-workers': 64 });
  });

  test('shows the state of the node', async () => {
    daemon.on('GET /nodes/pve1/status', () => ({
      uptime: 90_000,
      cpu: 0.25,
      memory: { used: 1024, total: 2048 },
    }));
    daemon.on('GET /cluster/resources', () => [
      { node: 'pve1', accelerator: 'tcg', acceleratorReason: 'no KVM' },
    ]);
    expect((await daemon.run(['node', 'status'])).out).toBe(
      [
        'node:         pve1',
        'uptime:       1d 1h',
        'busy:         25%',
        'memory:       1.0 KiB of 2.0 KiB',
        'acceleration: tcg: no KVM',
        '',
      ].join('\n'),
    );
  });
});
