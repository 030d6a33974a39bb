// The parts of the lab that need no machine: arguments, console text, quoting, answers, what is kept and what goes.
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readAnswers } from '../../iso-builder/installer/answers.ts';
import { exec } from '../../server/core/exec.ts';
import { labAnswers, makeAnswerMedium } from './answer-medium.ts';
import { isoLabel } from './lab-cache.ts';
import type { MachineSpec } from './machine-spec.ts';
import { diskDevice, renderArgs } from './qemu-args.ts';
import { readable } from './serial.ts';
import { quote } from './ssh.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-lab-parts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const place = {
  folder: '/run/x',
  ports: { 22: 4022 },
  ovmf: { code: '/c', variables: '/v' },
  incoming: false,
};
const render = (spec: Partial<MachineSpec>) => renderArgs({ name: 'm', ...spec }, { ...place }).join(' ');

describe('QEMU’s arguments', () => {
  it('forward ports of the guest from loopback only', () => {
    const args = render({ nics: [{ kind: 'user', forward: [22] }] });
    expect(args).toContain('"hostfwd":[{"str":"tcp:127.0.0.1:4022-:22"}]');
    expect(args).not.toMatch(/tcp::|0\.0\.0\.0/);
  });

  it('keep the private network on loopback', () => {
    const args = render({ nics: [{ kind: 'private', segment: 23_000 }] });
    expect(args).toContain('"mcast":"230.0.0.1:23000","localaddr":"127.0.0.1"');
  });

  it('pass flushes on, unless told otherwise', () => {
    const disk = { path: '/d', format: 'qcow2' } as const;
    expect(render({ disks: [disk] })).toContain('"no-flush":false');
    expect(render({ disks: [{ ...disk, cache: 'unsafe' }] })).not.toContain('"no-flush":false');
  });

  it('boot only from what has a place in the order, when anything has', () => {
    expect(render({ cdrom: { path: '/i' } })).not.toContain('strict=on');
    expect(render({ cdrom: { path: '/i', bootIndex: 3 } })).toMatch(/strict=on.*"bootindex":3/);
  });

  it('know no boot order beside a kernel of their own', () => {
    const args = render({ kernel: { file: '/k' }, disks: [{ path: '/d', format: 'raw', bootIndex: 0 }] });
    expect(args).not.toMatch(/bootindex|strict/);
  });

  it('put SATA disks beside the CD, and refuse the sixth', () => {
    const disks = Array.from({ length: 6 }, (_, index) => ({
      path: `/${index}`,
      format: 'raw' as const,
      bus: 'sata' as const,
    }));
    expect([0, 1, 2, 3, 4].map((index) => diskDevice({ name: 'm', disks }, index)['bus'])).toEqual([
      'ide.0',
      'ide.1',
      'ide.3',
      'ide.4',
      'ide.5',
    ]);
    expect(() => diskDevice({ name: 'm', disks }, 5)).toThrow(/at most five/);
  });
});

describe('console text', () => {
  it('is what a person reads', () => {
    expect(readable('\x1b[2J\x1b[1;31mred\x1b[0m\r\r\nnext\r\n\x1bc')).toBe('red\nnext\n');
  });

  it('never shrinks while a sequence arrives in pieces', () => {
    const whole = 'one\x1b[1;3';
    expect(readable(whole)).toBe('one');
    expect(readable(`${whole}1mtwo`)).toBe('onetwo');
    expect(readable('line\r')).toBe('line');
  });
});

describe('words for the guest’s shell', () => {
  it.each(["it's", 'a b', '$HOME', '', '*', 'a\nb', '-n', 'plain'])('%j arrives as it is', async (word) => {
    const { stdout } = await exec('sh', ['-c', `printf %s ${quote(word)}`]);
    expect(stdout).toBe(word);
  });
});

describe('answer files', () => {
  it('pass the installer’s own check', async () => {
    for (const answers of [
      {},
      { devices: ['/dev/sda', '/dev/sdb'], nic: '52:54:00:00:00:01' },
      { keepGuests: true, after: 'reboot' as const },
    ])
      expect(readAnswers(await labAnswers(answers))).toHaveProperty('answers');
  });

  it('lie on a medium that mtools reads back', async () => {
    const file = await makeAnswerMedium(join(scratch, 'answers.img'), 'key = "value"\n');
    const { stdout } = await exec('mtype', ['-i', file, '::croft-answer.toml']);
    expect(stdout).toBe('key = "value"\n');
  });
});

describe('the label of an ISO', () => {
  it('is the one that it was made with', async () => {
    mkdirSync(join(scratch, 'tree'));
    writeFileSync(join(scratch, 'tree/file'), 'x');
    const iso = join(scratch, 'x.iso');
    await exec('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'LAB_TEST', '-o', iso, join(scratch, 'tree')]);
    expect(await isoLabel(iso)).toBe('LAB_TEST');
  });
});

describe('pruning the cache', () => {
  it('keeps the disks of machines that are there, and the newest bases', async () => {
    const cache = join(scratch, 'cache');
    vi.stubEnv('CROFT_LAB_CACHE', cache);
    vi.resetModules();
    const { baseFolder, prune, workFolder } = await import('./lab-cache.ts');
    vi.unstubAllEnvs();
    for (const [age, name] of ['newest', 'newer', 'oldest'].entries()) {
      mkdirSync(baseFolder(name), { recursive: true });
      utimesSync(baseFolder(name), 1_000_000 - age, 1_000_000 - age);
    }
    for (const folder of [workFolder('alive'), workFolder('ended'), join(cache, 'building-abc')]) {
      mkdirSync(folder, { recursive: true });
      utimesSync(folder, 1_000_000, 1_000_000);
    }
    for (const folder of [workFolder('just-now'), join(cache, 'building-now')])
      mkdirSync(folder, { recursive: true });
    expect(prune(['alive'])).toEqual([workFolder('ended')]);
    rmSync(workFolder('alive'), { recursive: true });
    expect(prune([])).toEqual([baseFolder('oldest'), join(cache, 'building-abc')]);
    expect(existsSync(baseFolder('newest'))).toBe(true);
  });
});
