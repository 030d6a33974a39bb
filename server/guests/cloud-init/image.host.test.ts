// The image of a cloud-init drive by the real xorriso: when it is written, what a failure leaves.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import { exec } from '../../core/exec.ts';
import { quietContext } from '../../core/work-context.ts';
import { cloudInitBytes } from '../config/new-drive.ts';
import { createCloudInitWriter } from './image.ts';

let folder: string;
let target: Attachment & { kind: 'file' };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'croft-cloud-init-'));
  target = { kind: 'file', path: join(folder, 'volume.raw'), format: 'raw' };
  writeFileSync(target.path, '');
  truncateSync(target.path, cloudInitBytes);
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = (text: string) => ({ label: 'cidata', files: { 'user-data': text } }) as const;
const workDir = () => join(folder, 'work');
const writer = (run = exec) => createCloudInitWriter({ exec: run, workDir: workDir() });

it('is written when its files are others, and after a write that was cut off', async () => {
  const write = writer();
  expect(await write(quietContext(), 100, target, files('one'))).toBe(true);
  const first = readFileSync(target.path);
  expect(first.length).toBe(cloudInitBytes);
  expect(first.includes('CD001')).toBe(true);
  expect(await write(quietContext(), 100, target, files('one'))).toBe(false);
  expect(await write(quietContext(), 100, target, files('two'))).toBe(true);
  const torn = readFileSync(target.path);
  torn.fill(0, cloudInitBytes - 512);
  writeFileSync(target.path, torn);
  expect(await write(quietContext(), 100, target, files('two'))).toBe(true);
});

it('leaves the files nowhere else, also when packing fails, and takes away what a crash left', async () => {
  mkdirSync(join(workDir(), '100', 'tree'), { recursive: true });
  writeFileSync(join(workDir(), '100', 'tree', 'old'), 'an old secret');
  const failing = writer(async () => {
    throw new AppError('command-failed', 'no room');
  });
  await expect(failing(quietContext(), 100, target, files('a secret'))).rejects.toThrow('no room');
  expect(existsSync(join(workDir(), '100'))).toBe(false);
  expect(readFileSync(target.path).every((byte) => byte === 0)).toBe(true);
});

it('refuses what does not fit, and volumes that are not raw; nothing is written then', async () => {
  const large = { label: 'cidata', files: { 'user-data': Buffer.alloc(cloudInitBytes, 1) } } as const;
  await expect(writer()(quietContext(), 100, target, large)).rejects.toMatchObject({ code: 'invalid-input' });
  const qcow2 = { ...target, format: 'qcow2' } as const;
  await expect(writer()(quietContext(), 100, qcow2, files('a'))).rejects.toMatchObject({
    code: 'unsupported',
  });
  expect(readFileSync(target.path).every((byte) => byte === 0)).toBe(true);
});
