// The second medium of an unattended installation: a small FAT image with the answer file on it, and an answer file of the lab's.
import { readFileSync, rmSync } from 'node:fs';
import { exec } from '../../server/core/exec.ts';
import { labKey } from './lab-cache.ts';

/** Of root on every lab machine. */
export const labPassword = 'croft-lab-root';

const mediumBytes = 4 * 1024 ** 2;

/** A FAT file system, raw, that holds `croft-answer.toml`. */
export async function makeAnswerMedium(file: string, answers: string): Promise<string> {
  rmSync(file, { force: true });
  await exec('truncate', ['-s', String(mediumBytes), file]);
  await exec('mformat', ['-i', file, '-v', 'ANSWERS', '::']);
  await exec('mcopy', ['-i', file, '-', '::croft-answer.toml'], { input: answers });
  return file;
}

export interface LabAnswers {
  readonly hostname?: string;
  /** Paths in the guest; the lab's disks are `/dev/disk/by-id/virtio-lab-disk0` and so on. */
  readonly devices?: readonly string[];
  readonly keepGuests?: boolean;
  /** Of the card to use. */
  readonly nic?: string;
  readonly after?: 'reboot' | 'poweroff' | 'none';
}

/** An answer file that lets the lab's key and password in. */
export async function labAnswers(answers: LabAnswers = {}): Promise<string> {
  const devices = answers.devices ?? ['/dev/disk/by-id/virtio-lab-disk0'];
  const key = readFileSync((await labKey()).publicFile, 'utf8').trim();
  const text = (value: string | readonly string[]) => JSON.stringify(value);
  return [
    '[system]',
    `hostname = ${text(answers.hostname ?? 'lab')}`,
    'timezone = "Europe/Rome"',
    `password = ${text(labPassword)}`,
    `ssh-keys = ${text([key])}`,
    '',
    '[network]',
    'mode = "dhcp"',
    ...(answers.nic === undefined ? [] : [`nic = ${text(answers.nic)}`]),
    '',
    '[disk]',
    `devices = ${text(devices)}`,
    ...(devices.length > 1 ? ['mirror = true'] : []),
    answers.keepGuests ? 'keep-guests = true' : 'erase = true',
    '',
    '[after]',
    `action = ${text(answers.after ?? 'poweroff')}`,
    '',
  ].join('\n');
}
