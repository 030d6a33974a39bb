// Which microcode stands before the initrd, and in which order.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Exec } from '../../server/core/exec.ts';
import { earlyMicrocode } from './microcode.ts';

let folder: string;
let commands: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'microcode-'));
  commands = [];
  mkdirSync(join(folder, 'work'));
  mkdirSync(join(folder, 'root/usr/lib/x86_64-linux-gnu'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ship = (maker: string, name: string, content: string) => {
  const place = join(folder, 'root/usr/lib/firmware', maker);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, name), content);
};

/** Archives are their contents here. */
const exec: Exec = async (file, args, options = {}) => {
  const line = [file, ...args].join(' ');
  commands.push(line);
  const intel = /--write-earlyfw=(\S+)/.exec(line)?.[1];
  const amd = /--file=(\S+)/.exec(line)?.[1];
  if (intel !== undefined) writeFileSync(intel, 'intel;');
  if (amd !== undefined) {
    expect(options.input).toBe(
      'kernel\nkernel/x86\nkernel/x86/microcode\nkernel/x86/microcode/AuthenticAMD.bin\n',
    );
    writeFileSync(amd, readFileSync(join(options.cwd ?? '', 'kernel/x86/microcode/AuthenticAMD.bin')));
  }
  return { exitCode: 0, stdout: '', stderr: '' };
};
const make = async () => {
  const parts = await earlyMicrocode({
    ...{ exec, root: join(folder, 'root'), work: join(folder, 'work') },
    signal: new AbortController().signal,
  });
  return parts.map(String);
};

test("Intel's first, by the image's own tool; AMD's files one after the other, by name, without what is no microcode", async () => {
  ship('intel-ucode', '06-9e-0d.initramfs', 'x');
  ship('amd-ucode', 'microcode_amd_fam17h.bin', 'fam17;');
  ship('amd-ucode', 'microcode_amd.bin', 'old;');
  ship('amd-ucode', 'README', 'words');
  expect(await make()).toEqual(['intel;', 'old;fam17;']);
  expect(commands[0]).toContain(join(folder, 'root/usr/sbin/iucode_tool'));
  expect(commands.some((line) => line.startsWith('touch --no-dereference --date=@0'))).toBe(true);
});

test('an image without the packages has none', async () => {
  expect(await make()).toEqual([]);
  expect(commands).toEqual([]);
});
