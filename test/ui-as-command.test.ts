// What the web UI shows as a command is one: a real shell splits it into the words meant, and the real `croft` asks for just what the form sends.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeDaemon } from '../server/cli/daemon-fixture.ts';
import { asCommand } from '../ui/forms/as-command.ts';
import { asCurl } from '../ui/forms/as-curl.ts';
import { type CodeRequest, type RequestParams, textOf } from '../ui/forms/as-request.ts';
import {
  cloneRequest,
  ctRequest,
  hostileRequest,
  hostileText,
  vmRequest,
} from '../ui/forms/as-requests-fixture.ts';

const run = promisify(execFile);

/** The words that a POSIX shell makes of a command line, behind the command itself. */
async function wordsOf(command: string, env: Record<string, string> = {}): Promise<string[]> {
  const [name] = /^\w+/.exec(command) ?? [''];
  const script = `${name}() { printf '%s\\0' "$@"; }\n${command}\n`;
  const { stdout } = await run('sh', ['-c', script], { env });
  return stdout.split('\0').slice(0, -1);
}

/** What the form's own call would have sent, as texts. */
function sent({ vmid, params }: CodeRequest): Record<string, string> {
  const all: RequestParams = { vmid, ...params };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, textOf(value)]])),
  );
}

const privileged: CodeRequest = {
  kind: 'lxc',
  node: 'pve1',
  vmid: 103,
  params: { ostemplate: 'local:vztmpl/a.tar.gz', rootfs: 'local:4', description: hostileText },
};
const unnested: CodeRequest = { ...privileged, params: { ...privileged.params, unprivileged: true } };
/** Has the name of a short way of `croft ct`. */
const shortNamed: CodeRequest = { ...privileged, params: { ...privileged.params, bridge: 'vmbr0' } };

describe('croft', () => {
  let daemon: FakeDaemon;
  beforeAll(async () => {
    daemon = await FakeDaemon.start();
    daemon.on('GET /nodes', () => [{ node: 'pve1' }, { node: 'a b' }]);
    for (const node of ['pve1', 'a b']) {
      daemon.on(`POST /nodes/${node}/qemu`, () => null);
      daemon.on(`POST /nodes/${node}/lxc`, () => null);
    }
  });
  afterAll(() => daemon.stop());

  it.each([
    ['a VM', vmRequest, {}],
    ['a VM of hostile words', hostileRequest, {}],
    ['a container', ctRequest, { password: 'typed' }],
    ['a privileged container', privileged, { unprivileged: '0' }],
    ['a container that may not nest', unnested, { features: 'nesting=0' }],
    ['a container with a parameter named as a short way', shortNamed, {}],
  ])('%s', async (_, request, more) => {
    daemon.asked.length = 0;
    const outcome = await daemon.run(await wordsOf(asCommand(request)), { input: 'typed\n' });
    expect(outcome.err).toBe('');
    expect(outcome.code).toBe(0);
    const asked = daemon.asked.find(({ verb }) => verb === 'POST');
    expect(asked?.path).toBe(`/nodes/${request.node}/${request.kind}`);
    const body: unknown = JSON.parse(Buffer.from(asked?.body ?? '', 'latin1').toString());
    expect(body).toEqual({ ...sent(request), ...more });
  });
});

describe('a clone of a template', () => {
  /** Runs what is shown; `name` stands for a command that says what it was given, one word a line, and answers by `answer`. */
  async function ran(text: string, name: string, answer: string): Promise<string[][]> {
    const script = `${name}() { { printf '%s\\n' "$@"; echo ----; } >&2; ${answer}; }\nsleep() { :; }\n${text}\n`;
    const env = {
      CROFT_TOKEN: 'me@pam!x=1',
      CROFT_CIPASSWORD: `it's $HOME`,
      PATH: process.env['PATH'] ?? '',
    };
    const { stderr } = await run('sh', ['-ec', script], { env });
    return stderr
      .split('----\n')
      .slice(0, -1)
      .map((one) => one.trimEnd().split('\n'));
  }

  it('is three commands of croft, each after the one before', async () => {
    const commands = await ran(asCommand(cloneRequest), 'croft', ':');
    expect(commands.map((words) => words.slice(0, 4))).toEqual([
      ['vm', 'clone', '9000', '105'],
      ['vm', 'set', '105', '--cores'],
      ['vm', 'start', '105'],
    ]);
    expect(commands[0]?.slice(4)).toEqual([
      '--name',
      'web-5',
      '--pool',
      'shop',
      '--full',
      '--storage',
      'fast',
    ]);
    expect(commands[1]?.slice(3)).toEqual([
      ...['--cores', '4', '--ciuser', 'anna', '--cipassword', '-', '--delete', 'nameserver'],
      ...['--ipconfig0', 'ip=192.0.2.5/24,gw=192.0.2.1'],
    ]);
  });

  it('is three calls by curl, the second after the task of the first has ended', async () => {
    const upid = 'UPID:pve1:0:0:0:qmclone:9000:root@pam:';
    const shown = asCurl(cloneRequest, 'https://croft.example:8006');
    const calls = await ran(
      shown,
      'curl',
      `case "$*" in *clone) echo '{"data":"${upid}"}';; *status) echo '{"data":{"status":"stopped"}}';; esac`,
    );
    const base = 'https://croft.example:8006/api2/json/nodes/pve1';
    expect(calls.map((words) => words.at(-1))).toEqual([
      `${base}/qemu/9000/clone`,
      `${base}/tasks/${upid}/status`,
      `${base}/qemu/105/config`,
      `${base}/qemu/105/status/start`,
    ]);
    expect(calls[0]).toContain('newid=105');
    expect(calls[2]).toContain('PUT');
    expect(calls[2]).toContain(`cipassword=it's $HOME`);
    expect(calls[3]).toContain('POST');
    expect(shown).not.toContain('correct horse');
  });
});

describe('curl', () => {
  it.each([
    ['a VM', vmRequest],
    ['hostile words', hostileRequest],
    ['a container', ctRequest],
  ])('%s', async (_, request) => {
    const env = { CROFT_TOKEN: 'me@pam!x=1', CROFT_PASSWORD: `it's $HOME` };
    const words = await wordsOf(asCurl(request, 'https://croft.example:8006'), env);
    expect(words.slice(0, 3)).toEqual([
      ...['--fail-with-body', '--header', 'Authorization: PVEAPIToken=me@pam!x=1'],
    ]);
    expect(words.at(-1)).toBe(
      `https://croft.example:8006/api2/json/nodes/${encodeURIComponent(request.node)}/${request.kind}`,
    );
    const data = words.slice(3, -1);
    expect(data.filter((_, i) => i % 2 === 0).every((word) => word === '--data-urlencode')).toBe(true);
    const body = Object.fromEntries(
      data
        .filter((_, i) => i % 2 === 1)
        .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    );
    const secret = request.secrets?.length ? { password: env.CROFT_PASSWORD } : {};
    expect(body).toEqual({ ...sent(request), ...secret });
  });
});
