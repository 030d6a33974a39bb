// The set-up's checks and steps, as far as they need no root: each failure is one sentence that says what to do.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkSpace, portIsFree, socketAnswers } from './preflight.mjs';
import { run } from './run.mjs';
import { SetupError } from './say.mjs';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const part of open.splice(0)) part.close();
});

async function listening(where: number | string): Promise<AddressInfo | string | null> {
  const server = createServer();
  open.push(server);
  await new Promise<void>((resolve) => server.listen(where, resolve));
  return server.address();
}

describe('preflight', () => {
  it('says how much space is missing, and where', () => {
    expect(() => checkSpace('/', 1)).not.toThrow();
    expect(() => checkSpace('/', 1e18)).toThrow(
      /it needs 931322574\.6 GiB free on \/, and there are [\d.]+ GiB/,
    );
  });

  it('knows a taken port from a free one', async () => {
    const { port } = (await listening(0)) as AddressInfo;
    expect(await portIsFree(port)).toBe(false);
    open.pop()?.close();
    expect(await portIsFree(port)).toBe(true);
  });

  it('knows whether a daemon answers', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'croft-setup-')), 'croft.sock');
    expect(await socketAnswers(path)).toBe(false);
    await listening(path);
    expect(await socketAnswers(path)).toBe(true);
  });
});

describe('programs', () => {
  it('keeps progress apart from output', async () => {
    const lines: string[] = [];
    const script = 'echo out; echo progress >&3; echo err >&2';
    const { output } = await run('sh', ['-c', script], { onStatus: (line) => lines.push(line) });
    expect(lines).toEqual(['progress']);
    expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('shows the last lines of one that failed', async () => {
    const failing = run('sh', ['-c', 'echo no such package; exit 3'], { what: 'installing' });
    await expect(failing).rejects.toThrow('installing failed (exit code 3):\n    no such package');
    await expect(failing).rejects.toBeInstanceOf(SetupError);
  });
});

it('npm start ends with a sentence when it may not go on', async () => {
  const taken = (await listening(0)) as AddressInfo;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.mjs')], {
    env: {
      PATH: process.env['PATH'],
      CROFT_PORT: String(taken.port),
      CROFT_SOCKET: '/nonexistent/croft.sock',
    },
  });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => {
    complaint += data;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(1);
  // Without root it stops at that before it looks at the port; elsewhere than on Debian, before both.
  expect(complaint).toMatch(
    /^Croft cannot start: (port \d+ is taken|it needs root|it prepares Debian machines)/,
  );
});
