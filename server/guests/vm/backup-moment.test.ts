// What comes around a backup: file systems held still, readers that have to go, and problems that are told.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { RunState } from '../guest-driver.ts';
import { freeze, thaw } from './backup-freeze.ts';
import { countConnections, untilNobodyReads } from './backup-readers.ts';
import { BackupWatch } from './backup-watch.ts';

describe('file systems', () => {
  const agent = (...answers: (string | AppError)[]) => {
    const asked: string[] = [];
    const ask = async (command: string) => {
      asked.push((JSON.parse(command) as { execute: string }).execute);
      const answer = answers.shift() ?? new AppError('unavailable', 'no agent');
      if (typeof answer !== 'string') throw answer;
      return answer;
    };
    return { ask, asked };
  };

  it.each([
    ['frozen', '{"return":2}', true, undefined],
    ['refused', '{"error":{"class":"GenericError","desc":"no VSS"}}', false, /no VSS/],
    ['answered with rubbish', 'rubbish', false, /not JSON/],
    ['answered with nothing', 'null', true, undefined],
    ['not answered', new AppError('unavailable', 'no agent'), false, /no agent/],
    // They may be frozen a moment later.
    ['answered too late', new AppError('timeout', 'too slow'), true, /too slow/],
  ])('are to be thawed or not, when freezing was %s', async (_what, answer, wanted, line) => {
    const lines: string[] = [];
    const context = { ...quietContext(), log: (text: string) => lines.push(text) };
    expect(await freeze(context, agent(answer).ask)).toBe(wanted);
    expect(lines).toEqual(line ? [expect.stringMatching(line)] : []);
  });

  it('hold at most some letters of the guest in the log', async () => {
    const lines: string[] = [];
    const context = { ...quietContext(), log: (text: string) => lines.push(text) };
    await freeze(context, agent(JSON.stringify({ error: { desc: 'x'.repeat(100_000) } })).ask);
    expect(lines[0]!.length).toBeLessThan(400);
  });

  it('are thawed with some patience', async () => {
    const slow = new AppError('timeout', 'too slow');
    const { ask, asked } = agent(slow, slow, '{"return":2}');
    expect(await thaw(ask)).toBe(true);
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'guest-fsfreeze-thaw'));
    expect(await thaw(agent(slow, slow, slow, '{"return":2}').ask)).toBe(false);
    expect(await thaw(agent(new AppError('not-found', 'gone')).ask)).toBe(true);
  });
});

describe('readers of a socket', () => {
  it('are counted in what the kernel tells (recorded of Linux 6.1)', () => {
    const text = `Num       RefCount Protocol Flags    Type St Inode Path
ffff8e5d01: 00000002 00000000 00010000 0001 01 21881 /run/croft/guests/100/backup.sock
ffff8e5d02: 00000003 00000000 00000000 0001 03 21895 /run/croft/guests/100/backup.sock
ffff8e5d03: 00000003 00000000 00000000 0001 03     7 /run/croft/guests/100/backup.sock
ffff8e5d04: 00000003 00000000 00000000 0001 03 21897 /run/croft/guests/1000/backup.sock
ffff8e5d05: 00000003 00000000 00000000 0001 03 21899
ffff8e5d06: 00000003 00000000 00000000 0001 03 21900 @/run/croft/guests/100/backup.sock
`;
    expect(countConnections(text, '/run/croft/guests/100/backup.sock')).toBe(2);
    expect(countConnections(text, '/run/croft/guests/101/backup.sock')).toBe(0);
  });

  it('are waited for, as this kernel tells of them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'croft-readers-'));
    const path = join(folder, 'backup.sock');
    const accepted: Socket[] = [];
    const server = createServer((socket) => accepted.push(socket.resume())).listen(path);
    await once(server, 'listening');
    await untilNobodyReads(path, 0);
    const reader = connect(path);
    await once(reader, 'connect');
    await expect.poll(() => accepted.length).toBe(1);
    await expect(untilNobodyReads(path, 60)).rejects.toMatchObject({ code: 'busy', data: { readers: 1 } });
    setTimeout(() => reader.destroy(), 60);
    await untilNobodyReads(path, 10_000);
    server.close();
    await rm(folder, { recursive: true });
  });
});

describe('the watch over a backup', () => {
  const begun = (facts: { shown: boolean | AppError; state: RunState }) => {
    const watch = new BackupWatch({
      shows: async () => {
        if (facts.shown instanceof AppError) throw facts.shown;
        return facts.shown;
      },
      stateOf: async () => facts.state,
    });
    watch.expect(100, { folder: tmpdir(), keepFreeBytes: 0 }, []);
    watch.begin(100);
    const told: string[] = [];
    watch.listen(100, ({ code }) => told.push(code));
    return { watch, told };
  };
  const settled = () => delay(20);

  it.each([
    ['shown still', { shown: true, state: 'running' as RunState }, []],
    ['shown no more by a guest that runs', { shown: false, state: 'running' as RunState }, ['unavailable']],
    ['shown no more, as the guest is off', { shown: false, state: 'stopped' as RunState }, ['wrong-state']],
    [
      'not to be asked for',
      { shown: new AppError('unavailable', 'no libvirtd'), state: 'running' as RunState },
      [],
    ],
  ])('tells what is new when it is %s', async (_what, facts, codes) => {
    const { watch, told } = begun(facts);
    await watch.look(100);
    watch.observed({ vmid: 100, state: 'running', reason: 'reconnected' });
    await settled();
    expect(told).toEqual(codes);
    watch.close();
  });

  it('tells the first problem only, and also to those who come later', async () => {
    const { watch, told } = begun({ shown: true, state: 'running' });
    watch.observed({ vmid: 101, state: 'stopped', reason: 'destroyed' });
    watch.observed({ vmid: 100, state: 'paused', reason: 'paused' });
    await settled();
    expect(told).toEqual([]);
    watch.observed({ vmid: 100, state: 'paused', reason: 'io-error' });
    await settled();
    watch.observed({ vmid: 100, state: 'stopped', reason: 'destroyed' });
    expect(told).toEqual(['command-failed']);
    watch.listen(100, ({ code }) => told.push(`late ${code}`));
    watch.listen(100, () => told.push('never'))();
    expect(told).toHaveLength(1);
    await settled();
    expect(told).toEqual(['command-failed', 'late command-failed']);
    watch.forget(100);
    watch.listen(100, () => told.push('never'));
    await settled();
    expect(told).toHaveLength(2);
  });
});
