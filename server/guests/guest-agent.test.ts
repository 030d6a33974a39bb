// The guest agent: its commands, and answers that a hostile guest could give.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VmWorld, vmWorld } from '../../test/fixtures/vm-world.ts';
import { AppError } from '../core/errors.ts';
import { createGuestAgent, type GuestAgent } from './guest-agent.ts';

interface Command {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

let made: VmWorld;
let agent: GuestAgent;
let asked: Command[];
let now: number;
/** What the guest answers, by command; a text goes out as it is. */
let answers: Record<string, unknown>;

beforeEach(async () => {
  made = await vmWorld();
  await made.addVm(100, { agent: '1' }, { running: true });
  await made.addVm(101, {}, { running: true });
  await made.addVm(102, { agent: '1' });
  asked = [];
  now = 0;
  answers = { 'guest-file-open': { return: 7 }, 'guest-file-close': { return: {} } };
  made.driver.agentAnswer = (_vmid, text) => {
    const command = JSON.parse(text) as Command;
    asked.push(command);
    now += 1000;
    const answer = answers[command.execute] ?? { return: {} };
    const given = typeof answer === 'function' ? (answer as (c: Command) => unknown)(command) : answer;
    return typeof given === 'string' ? given : JSON.stringify(given);
  };
  agent = createGuestAgent({ ...made.parts, clock: { ...made.parts.clock, now: () => now } });
});
afterEach(() => made.dispose());

const code = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => (error instanceof AppError ? error.code : error),
  );
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('is asked only where it is configured and runs', async () => {
  expect(await agent.ask(100, 'guest-ping')).toEqual({});
  await expect(agent.ask(101, 'guest-ping')).rejects.toThrow('No QEMU guest agent configured');
  expect(await code(agent.ask(102, 'guest-ping'))).toBe('wrong-state');
  expect(await code(agent.ask(999, 'guest-ping'))).toBe('not-found');
  expect(asked).toHaveLength(1);
});

describe('an answer', () => {
  test.each([
    ['that is not JSON', 'hello', 'not JSON'],
    ['that is cut off', '{"return":{', 'not JSON'],
    ['that is nothing', 'null', 'did not answer'],
    ['that is a number', '7', 'did not answer'],
    ['that is a list', '[]', 'did not answer'],
    ['without a return', '{}', 'did not answer'],
    ['by a prototype', '{"__proto__":{"return":1}}', 'did not answer'],
    ['that is an error', '{"error":{"class":"GenericError","desc":"no such file"}}', 'no such file'],
    ['whose error is not a text', '{"error":{"desc":{}}}', 'did not answer'],
  ])('%s is unavailable', async (_what, answer, text) => {
    answers['guest-info'] = answer;
    const call = agent.ask(100, 'guest-info');
    await expect(call).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(text) });
  });

  test('with a long complaint is cut', async () => {
    answers['guest-info'] = { error: { desc: 'x'.repeat(1_000_000) } };
    const error = await agent.ask(100, 'guest-info').catch((thrown: Error) => thrown);
    expect((error as Error).message.length).toBeLessThan(300);
  });
});

test('starting a program: its number, or that there is none', async () => {
  answers['guest-exec'] = { return: { pid: 12 } };
  expect(await agent.exec(100, ['/bin/echo', 'a b'], 'in')).toBe(12);
  expect(asked[0]?.arguments).toEqual({
    path: '/bin/echo',
    arg: ['a b'],
    'capture-output': true,
    'input-data': base64('in'),
  });
  for (const pid of ['12', null, {}, undefined]) {
    answers['guest-exec'] = { return: { pid } };
    expect(await code(agent.exec(100, ['/bin/echo'], undefined))).toBe('unavailable');
  }
  expect(await code(agent.exec(100, [], undefined))).toBe('invalid-input');
});

test('the state of a program holds what has the right type, and nothing else', async () => {
  answers['guest-exec-status'] = { return: { exited: true, exitcode: 3, 'out-data': base64('out\n') } };
  expect(await agent.execStatus(100, 12)).toEqual({ exited: 1, exitcode: 3, 'out-data': 'out\n' });
  answers['guest-exec-status'] = {
    return: { exited: 'yes', exitcode: {}, signal: [], 'out-data': 5, 'err-data': '%%%', evil: 1 },
  };
  expect(await agent.execStatus(100, 12)).toEqual({ exited: 0, 'err-data': '' });
  answers['guest-exec-status'] = { return: 'nonsense' };
  expect(await agent.execStatus(100, 12)).toEqual({ exited: 0 });
});

describe('reading a file', () => {
  const read = (count = 100) => agent.readFile(100, '/etc/hostname', 0, count);
  const closed = () => asked.filter(({ execute }) => execute === 'guest-file-close').length;

  test('goes to its end, from an offset', async () => {
    let turn = 0;
    answers['guest-file-read'] = () =>
      turn++ === 0
        ? { return: { 'buf-b64': base64('ab'), eof: false } }
        : { return: { 'buf-b64': base64('c'), eof: true } };
    const { bytes, truncated } = await agent.readFile(100, '/etc/hostname', 5, 100);
    expect(bytes.toString()).toBe('abc');
    expect(truncated).toBe(false);
    expect(asked[1]).toEqual({
      execute: 'guest-file-seek',
      arguments: { handle: 7, offset: 5, whence: 'set' },
    });
    expect(closed()).toBe(1);
  });

  test('takes no more than was asked for', async () => {
    answers['guest-file-read'] = {
      return: { 'buf-b64': base64('x'.repeat(100_000)), count: -1, eof: false },
    };
    const { bytes, truncated } = await read(10);
    expect(bytes).toHaveLength(10);
    expect(truncated).toBe(true);
  });

  test('ends when nothing comes and no end is told', async () => {
    for (const data of [{ 'buf-b64': '' }, {}, { 'buf-b64': '%%%', eof: 'no' }]) {
      answers['guest-file-read'] = { return: data };
      expect((await read()).bytes).toHaveLength(0);
    }
  });

  test('ends when it comes byte by byte, without end', async () => {
    answers['guest-file-read'] = { return: { 'buf-b64': base64('x'), eof: false } };
    expect(await code(read(1_000_000))).toBe('timeout');
    expect(asked.length).toBeLessThan(100);
    expect(closed()).toBe(1);
  });

  test('fails when the answer has the wrong type, and closes all the same', async () => {
    answers['guest-file-read'] = { return: { 'buf-b64': { length: 1e9 }, eof: false } };
    expect(await code(read())).toBe('unavailable');
    expect(closed()).toBe(1);
  });

  test('needs a handle that is a number', async () => {
    answers['guest-file-open'] = { return: { evil: 1 } };
    expect(await code(read())).toBe('unavailable');
    expect(closed()).toBe(0);
  });

  test('stands when the file cannot be closed', async () => {
    answers['guest-file-read'] = { return: { 'buf-b64': base64('a'), eof: true } };
    answers['guest-file-close'] = 'broken';
    expect((await read()).bytes.toString()).toBe('a');
  });
});

describe('writing a file', () => {
  const write = () => agent.writeFile(100, '/tmp/a', Buffer.from('abc'));

  test('is done when all of it was written and the file closed', async () => {
    answers['guest-file-write'] = { return: { count: 3, eof: false } };
    await write();
    answers['guest-file-close'] = 'broken';
    expect(await code(write())).toBe('unavailable');
  });

  test.each([2, -1, '3', undefined])('a count of %j is a failure', async (count) => {
    answers['guest-file-write'] = { return: { count } };
    expect(await code(write())).toBe('unavailable');
    expect(asked.at(-1)?.execute).toBe('guest-file-close');
  });
});
