// Which of LVM's commands are run, and that none is run for what is so already.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { createHostLvm } from './host-lvm.ts';

const signal = new AbortController().signal;
const testdata = (name: string) =>
  readFileSync(new URL(`testdata/${name}.composed.json`, import.meta.url), 'utf8');

function recorded() {
  const run: string[] = [];
  const exec: Exec = async (file, args) => {
    const reports = ['pvs', 'vgs', 'lvs'];
    if (reports.includes(file)) return { exitCode: 0, stdout: testdata(file), stderr: '' };
    run.push([file, ...args].join(' '));
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  return { run, lvm: createHostLvm(exec) };
}

test('a group on a new device, on one that is LVM’s already, and one that is there', async () => {
  const { run, lvm } = recorded();
  await lvm.methods.makeGroup('vg1', '/dev/sdc', signal);
  await lvm.methods.makeGroup('vg1', '/dev/sde1', signal);
  await lvm.methods.makeGroup('croft', '/dev/sda4', signal);
  expect(run).toEqual([
    'pvcreate --yes /dev/sdc',
    'vgcreate --yes vg1 /dev/sdc',
    'vgcreate --yes vg1 /dev/sde1',
  ]);
});

test('a pool, its removal, the removal of a group, and nothing for what is not there', async () => {
  const { run, lvm } = recorded();
  const sizes = { dataBytes: 8 * 1024 ** 2, metadataBytes: 4 * 1024 ** 2 };
  await lvm.methods.makePool('croft', 'data', sizes, signal);
  await lvm.methods.makePool('vg0', 'pool', sizes, signal);
  await lvm.methods.removePool('croft', 'data', signal);
  await lvm.methods.removePool('croft', 'none', signal);
  await lvm.methods.closeGroup('croft', signal);
  await lvm.methods.removeGroup('croft', signal);
  await lvm.methods.removeGroup('none', signal);
  await lvm.methods.releaseDevice('/dev/sde1', signal);
  await lvm.methods.releaseDevice('/dev/sda4', signal);
  expect(run).toEqual([
    'lvcreate --yes --type thin-pool --size 8388608b --poolmetadatasize 4194304b --zero y --name pool vg0',
    'lvremove --yes --force croft/data',
    'vgchange --yes --activate n croft',
    'vgremove --yes --force croft',
    'pvremove --yes /dev/sde1',
  ]);
});

test('where LVM is not installed there are no groups; what fails otherwise is told', async () => {
  const failing = (code: 'unavailable' | 'timeout') =>
    createHostLvm(async () => {
      throw new AppError(code, 'no');
    });
  expect(await failing('unavailable').report(signal)).toEqual({ groups: [], spare: [] });
  await expect(failing('timeout').report(signal)).rejects.toMatchObject({ code: 'timeout' });
});
