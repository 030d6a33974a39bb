// Screen and serial line of a real VM over WebSocket and TLS: tickets for one use, by their user, for their port.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleClient, type Login, logIn, openConsole } from './console-client.ts';
import { TestDaemon } from './daemon.ts';
import { eventually } from './wait.ts';

const daemon = new TestDaemon();
let login: Login;
let other: Login;

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'viewer');
  other = await logIn(daemon, 'other');
  const params = { vmid: 100, memory: 64, serial0: 'socket', start: 1 };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
});
afterAll(() => daemon.dispose());

const cookieOf = ({ cookie }: Login) => ({ cookie });

describe('the screen', () => {
  it('speaks RFB', async () => {
    const grant = await openConsole(daemon, login, 100, 'vncproxy');
    const client = await ConsoleClient.connect(daemon, 100, grant, cookieOf(login));
    await client.expect('RFB 003.008\n');
    // The way back works too: the server answers the version with its kinds of authentication.
    client.send('RFB 003.008\n');
    await eventually('the answer to the version', 10_000, () => client.received.length >= 2);
    client.close();
  });

  it('opens once for a ticket', async () => {
    const grant = await openConsole(daemon, login, 100, 'vncproxy');
    const client = await ConsoleClient.connect(daemon, 100, grant, cookieOf(login));
    await client.expect('RFB');
    await expect(ConsoleClient.connect(daemon, 100, grant, cookieOf(login))).rejects.toThrow('HTTP 401');
    client.close();
  });

  it('does not open for another port, another user, or nobody', async () => {
    const grant = () => openConsole(daemon, login, 100, 'vncproxy');
    const first = await grant();
    const elsewhere = { ...first, port: first.port === 5999 ? 5900 : first.port + 1 };
    await expect(ConsoleClient.connect(daemon, 100, elsewhere, cookieOf(login))).rejects.toThrow('HTTP 401');
    await expect(ConsoleClient.connect(daemon, 100, await grant(), cookieOf(other))).rejects.toThrow(
      'HTTP 401',
    );
    await expect(ConsoleClient.connect(daemon, 100, await grant(), {})).rejects.toThrow('HTTP 401');
    await expect(
      ConsoleClient.connect(daemon, 100, await grant(), {
        ...cookieOf(login),
        origin: 'https://evil.example',
      }),
    ).rejects.toThrow('HTTP 403');
  });
});

describe('the serial line', () => {
  it('admits who says the ticket, several at once', async () => {
    const join = async () => {
      const grant = await openConsole(daemon, login, 100, 'termproxy');
      const client = await ConsoleClient.connect(daemon, 100, grant, cookieOf(login));
      client.send(`${grant.user}:${grant.ticket}\n`);
      await client.expect('OK');
      return client;
    };
    const [first, second] = [await join(), await join()];
    first.close();
    second.close();
  });

  it('shuts out who says something else', async () => {
    const grant = await openConsole(daemon, login, 100, 'termproxy');
    const client = await ConsoleClient.connect(daemon, 100, grant, cookieOf(login));
    client.send(`${grant.user}:PVEVNC:wrong\n`);
    await eventually('the end of the connection', 10_000, () => client.closed !== undefined);
    expect(client.closed).toBe(1008);
    expect(client.received).toBe('');
  });
});

it('ends the screen with the guest', async () => {
  const grant = await openConsole(daemon, login, 100, 'vncproxy');
  const client = await ConsoleClient.connect(daemon, 100, grant, cookieOf(login));
  await client.expect('RFB');
  expect(await daemon.task('POST', '/nodes/testnode/qemu/100/status/stop')).toBe('OK');
  await eventually('the end of the connection', 10_000, () => client.closed !== undefined);
  await expect(openConsole(daemon, login, 100, 'vncproxy')).rejects.toThrow('not running');
});
