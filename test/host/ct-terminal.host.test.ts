// Terminals of a real container over WebSocket and TLS: log-in, shell, size, several at once, tickets for one use, bytes as they are.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleClient, type ConsoleGrant, type Login, logIn, openConsole } from './console-client.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, whyNoContainers } from './ct-world.ts';
import { eventually } from './wait.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`terminals of containers are not tested: ${why}\n`);

const vmid = firstVmid + 1;
const password = 'geheim-61';
const world = new CtWorld();
const { daemon } = world;
let login: Login;

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'viewer');
  const template = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
  expect(await world.create(vmid, template, { hostname: 'talks', password, start: 1 })).toBe('OK');
});
afterAll(() => world.dispose());

const grantOf = (method: 'termproxy' | 'shell', params: Record<string, unknown> = {}) =>
  openConsole(daemon, login, vmid, method, 'lxc', params);
const connect = (grant: ConsoleGrant) =>
  ConsoleClient.connect(daemon, vmid, grant, { cookie: login.cookie }, 'lxc');

async function open(
  method: 'termproxy' | 'shell',
  params: Record<string, unknown> = {},
): Promise<ConsoleClient> {
  const grant = await grantOf(method, params);
  const client = await connect(grant);
  client.send(`${grant.user}:${grant.ticket}\n`);
  await client.expect('OK');
  return client;
}

describe.skipIf(why !== undefined)('a terminal', () => {
  it('asks who it is, and lets in who knows the password', async () => {
    const client = await open('termproxy');
    client.type('\r');
    await client.expect('talks login: ');
    client.type('root\r');
    await client.expect('Password: ');
    client.type('wrong\r');
    await client.expect('incorrect');
    await client.expect('login: ');
    client.type('root\r');
    await client.expect('Password: ');
    client.type(`${password}\r`);
    await client.expect('# ');
    client.type('echo I am $(whoami) on $(tty)\r');
    await client.expect('I am root on /dev/tty');
    client.close();
  });

  it('is a shell without log-in, as large as the client says', async () => {
    const client = await open('shell');
    client.resize(133, 43);
    client.type('sleep 0.3; stty size\r');
    await client.expect('43 133');
    client.resize(71, 17);
    client.type('sleep 0.3; stty size\r');
    await client.expect('17 71');
    client.close();
  });

  it('serves several at once, each its own', async () => {
    const clients = await Promise.all([open('shell'), open('shell'), open('termproxy')]);
    const [first, second] = clients;
    first?.type('echo $((6000+1))\r');
    second?.type('echo $((6000+2))\r');
    await first?.expect('6001');
    await second?.expect('6002');
    expect(second?.received).not.toContain('6001');
    for (const client of clients) client.close();
  });

  it('runs one program, and ends with it', async () => {
    const client = await open('shell', { command: ['/bin/echo', 'a b', '$HOME'] });
    await client.expect('a b $HOME');
    await eventually('the end of the connection', 10_000, () => client.closed !== undefined);
    expect(client.closed).toBe(1000);
  });

  it('leaves no process behind when the window is closed', async () => {
    const client = await open('shell');
    client.type('echo $$; exec sleep 4321\r');
    const runs = async () => (await world.sh(vmid, 'ps | grep "sleep [4]321"')) !== '';
    await eventually('the program', 10_000, runs);
    client.close();
    await eventually('its end', 10_000, async () => !(await runs()));
  });

  it('opens once for a ticket, and to nobody who says something else', async () => {
    const grant = await grantOf('termproxy');
    const client = await connect(grant);
    await expect(connect(grant)).rejects.toThrow('HTTP 401');
    client.send(`${grant.user}:PVEVNC:wrong\n`);
    await eventually('the end of the connection', 10_000, () => client.closed !== undefined);
    expect(client.closed).toBe(1008);
    // A ticket for the log-in does not open the shell's port.
    const other = await grantOf('shell');
    await expect(connect({ ...other, ticket: grant.ticket })).rejects.toThrow('HTTP 401');
  });

  it('passes bytes as they are, those of escape sequences too', async () => {
    const client = await open('shell');
    // A title, a question for the cursor's place, an 8-bit control, a broken and a whole character of two bytes, NUL.
    const nasty = '\\033]0;owned\\007\\033[6n\\233\\303\\303\\274\\000\\033]52;c;ZXZpbA==\\007END';
    client.type(`stty -echo; printf '${nasty}\\n'\r`);
    await client.expect('\x1b]0;owned\x07\x1b[6n\x9b\xc3\xc3\xbc\x00\x1b]52;c;ZXZpbA==\x07END');
    client.close();
    // What a container writes on its console reaches no log of the daemon as control characters.
    await world.sh(vmid, `printf '${nasty}\\n' >/dev/console`);
    const outcome = await world.run(vmid, ['/bin/sh', '-c', `printf '${nasty}'`]);
    expect(outcome.stdout).toContain('\x1b]0;owned\x07');
    expect(daemon.output).not.toContain('\x1b]');
  });
});
