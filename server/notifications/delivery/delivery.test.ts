// Notifications on their way to real servers on loopback: mails, requests, refusals; and never a secret in an error.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import type { ExecOptions } from '../../core/exec.ts';
import { allowOutside } from '../../storage/address-guard.ts';
import type { Secrets, Target } from '../entries.ts';
import type { Notification } from '../notification.ts';
import { type HttpSink, httpSink, type SmtpSink, smtpSink } from '../server-fixture.ts';
import { DeliveryError } from './delivery-error.ts';
import { createSendToTarget } from './send-to-target.ts';

const notification: Notification = {
  ...{ title: 'vzdump: größer "x"\r\nBcc: evil@example.org', text: 'VMID <b>\n100\n', severity: 'error' },
  ...{ timestamp: 1_764_000_000, fields: { type: 'vzdump', hostname: 'pve1' } },
};

let http: HttpSink;
let smtp: SmtpSink;
let execs: { args: readonly string[]; input: string }[];
let execError: Error | undefined;
beforeEach(async () => {
  [http, smtp, execs, execError] = [await httpSink(), await smtpSink(), [], undefined];
});
afterEach(async () => {
  await Promise.all([http.close(), smtp.close()]);
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const loopbackToo = (address: string) => address === '127.0.0.1' || allowOutside(address);
const send = (
  type: Target['type'],
  options: Target['options'],
  secrets: Omit<Secrets, 'version'> = {},
  allowAddress = loopbackToo,
) =>
  createSendToTarget({
    exec: async (_file, args, { input }: ExecOptions = {}) => {
      if (execError) throw execError;
      execs.push({ args, input: String(input) });
      return { exitCode: 0, stdout: '', stderr: '' };
    },
    allowAddress,
    sender: () => 'root@pve1',
    addressOf: (userid) => ({ 'anna@pve': 'anna@example.org' })[userid],
  })(
    { name: 't', type, options, origin: 'user-created', version: 1 },
    { ...secrets, version: 1 },
    notification,
    AbortSignal.timeout(10_000),
  );
const failure = (sending: Promise<void>) =>
  sending.then(
    () => expect.fail('it was sent'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(DeliveryError);
      return error as DeliveryError;
    },
  );

describe('by sendmail', () => {
  test('mails a whole message, its addresses never options, its head never more than it should be', async () => {
    await send('sendmail', {
      mailto: ['x@example.org'],
      'mailto-user': ['anna@pve', 'root@pam', 'gone@pve'],
    });
    expect(execs).toMatchObject([
      {
        args: ['-B', '8BITMIME', '-f', 'root@pve1', '-i', '--', 'x@example.org', 'anna@example.org', 'root'],
      },
    ]);
    const [head = '', ...body] = execs[0]!.input.split('\n\n');
    expect(head).toMatch(/^From: Croft <root@pve1>$/m);
    expect(head).toMatch(
      /^To: x@example\.org, anna@example\.org, <root>$|^To: x@example\.org, anna@example\.org, root$/m,
    );
    expect(head).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(head).not.toMatch(/^Bcc/im);
    expect(body.join('\n\n')).toContain('<pre>VMID &lt;b&gt;\n100\n</pre>');
  });

  test('says so when it is not installed, or nobody has an address', async () => {
    execError = new AppError('unavailable', 'mail by sendmail: /usr/sbin/sendmail is not installed');
    const missing = await failure(send('sendmail', { mailto: ['x@example.org'] }));
    expect([missing.message, missing.isTemporary]).toEqual([execError.message, false]);
    const nobody = await failure(send('sendmail', { 'mailto-user': ['gone@pve'] }));
    expect(nobody.message).toBe('nobody to mail to: no address is known of gone@pve');
  });
});

describe('by SMTP', () => {
  const options = () => ({
    ...{ server: '127.0.0.1', port: smtp.port, mode: 'insecure', 'from-address': 'croft@example.org' },
    ...{ mailto: ['a@example.org', 'b@example.org'], author: 'The "node"' },
  });

  test('logs in, and hands over one mail for all', async () => {
    await send('smtp', { ...options(), username: 'me' }, { password: 'pässword' });
    expect(smtp.logins).toEqual(['me:pässword']);
    expect(smtp.mails).toMatchObject([
      { from: 'MAIL FROM:<croft@example.org>', to: ['a@example.org', 'b@example.org'] },
    ]);
    expect(smtp.mails[0]!.data).toMatch(/^From: "The \\"node\\"" <croft@example\.org>$/m);
    expect(smtp.mails[0]!.data).not.toMatch(/^Bcc/im);
  });

  test('without a user name it does not log in', async () => {
    await send('smtp', options());
    expect([smtp.logins, smtp.mails.length]).toEqual([[], 1]);
  });

  test('says nothing secret to a server that does not encrypt', async () => {
    const given = { ...options(), mode: 'starttls', username: 'me' };
    await failure(send('smtp', given, { password: 'pässword' }));
    expect(smtp.logins).toEqual([]);
    expect(smtp.lines.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([]);
    await failure(send('smtp', { ...given, mode: 'tls' }, { password: 'pässword' }));
    expect(smtp.logins).toEqual([]);
  });

  test.each([
    ['AUTH', '535 5.7.8 no: hunter22 is wrong, aHVudGVyMjI= too', false],
    ['MAIL', '451 come back later', true],
    ['RCPT', '550 nobody here', false],
    ['DATA', '452 no room', true],
  ] as const)('%s answered by %s', async (command, refusal, isTemporary) => {
    smtp.refusals[command] = refusal;
    const error = await failure(send('smtp', { ...options(), username: 'me' }, { password: 'hunter22' }));
    expect(error.isTemporary).toBe(isTemporary);
    expect(error.message).toContain("mail server '127.0.0.1'");
    expect(error.message).not.toMatch(/hunter22|aHVudGVyMjI/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/hunter22|aHVudGVyMjI/);
  });

  test('a server that refuses one recipient of two has not taken all', async () => {
    smtp.refusals['RCPT'] = '550 nobody here';
    expect((await failure(send('smtp', options()))).message).not.toBe('');
    expect(smtp.mails).toEqual([]);
  });

  test('nobody listening is worth another try', async () => {
    const given = options();
    await smtp.close();
    expect((await failure(send('smtp', given))).isTemporary).toBe(true);
    smtp = await smtpSink();
  });
});

test('Gotify gets title, text and a priority', async () => {
  await send('gotify', { server: `${http.url}/gotify/` }, { token: 'Abc.123' });
  expect(http.requests).toMatchObject([
    {
      method: 'POST',
      url: '/gotify/message',
      headers: { 'x-gotify-key': 'Abc.123', 'content-type': 'application/json' },
    },
  ]);
  expect(JSON.parse(http.requests[0]!.body)).toEqual({
    ...{ title: notification.title, message: notification.text, priority: 8 },
  });
});

describe('a webhook', () => {
  const options = (more = {}) => ({
    url: `${http.url}/hook/{{ url-encode secrets.key }}?s={{severity}}`,
    method: 'put',
    header: [
      `name=Content-Type,value=${base64('application/json')}`,
      `name=X-Title,value=${base64('{{ title }}')}`,
    ],
    body: base64('{"text": "{{ escape message }}", "host": "{{ fields.hostname }}"}'),
    ...more,
  });
  const secrets = { values: { key: base64('s3cr/t key') } };

  test('is made of its templates', async () => {
    await send('webhook', options(), secrets);
    const [seen] = http.requests;
    expect(seen).toMatchObject({ method: 'PUT', url: '/hook/s3cr%2Ft%20key?s=error' });
    expect(Buffer.from(String(seen!.headers['x-title']), 'latin1').toString()).toBe(
      'vzdump: größer "x" Bcc: evil@example.org',
    );
    expect(JSON.parse(seen!.body)).toEqual({ text: notification.text, host: 'pve1' });
  });

  test('may be a bare GET', async () => {
    await send('webhook', { url: `${http.url}/ping`, method: 'get' });
    expect(http.requests).toMatchObject([{ method: 'GET', url: '/ping', body: '' }]);
  });

  test.each([
    [{ status: 404 }, false],
    [{ status: 429 }, true],
    [{ status: 503 }, true],
    [{ status: 301, location: '/elsewhere' }, false],
    [{ status: 307, location: 'http://127.0.0.1:1/s3cr/t key' }, false],
    [{ status: 0 }, true],
  ])('answered by %j', async (answer, isTemporary) => {
    http.answer = answer;
    const error = await failure(send('webhook', options(), secrets));
    expect(error.isTemporary).toBe(isTemporary);
    expect(error.message).not.toMatch(/s3cr|answer of the server|elsewhere\//);
    // No redirect is followed.
    expect(http.requests.length).toBe(1);
  });

  test('reaches nothing of the node itself, not by a name either', async () => {
    for (const url of [`${http.url}/x`, `${http.url.replace('127.0.0.1', 'localhost')}/x`]) {
      const error = await failure(send('webhook', { url, method: 'post' }, {}, allowOutside));
      expect(error.message).toContain('must not reach');
    }
    expect(http.requests).toEqual([]);
  });

  test('whose template does not make a URL tells no secret', async () => {
    const given = options({ url: '{{ secrets.key }}' });
    expect((await failure(send('webhook', given, secrets))).message).toBe(
      'what the template makes is not a URL',
    );
  });

  test('a server that does not speak our encryption is a failure in words', async () => {
    const error = await failure(send('webhook', { url: http.url.replace('http', 'https'), method: 'get' }));
    expect(error.message).toMatch(/^cannot reach 127\.0\.0\.1/);
  });
});
