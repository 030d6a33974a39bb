// The lists that the install page offers and the answers are checked against.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readAnswers } from './answers.ts';
import { listChoices } from './image-choices.ts';

const folder = mkdtempSync(join(tmpdir(), 'choices-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (path: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), '');
};
for (const zone of [
  'UTC',
  'GB-Eire',
  'Europe/Rome',
  'America/Argentina/Buenos_Aires',
  'Etc/GMT+1',
  'Factory',
])
  write(`zones/${zone}`);
for (const table of ['zone1970.tab', 'tzdata.zi', 'leap-seconds.list', 'posixrules', 'right/Europe/Rome'])
  write(`zones/${table}`);
mkdirSync(join(folder, 'zones/Asia'));
symlinkSync('../UTC', join(folder, 'zones/Asia/Calcutta'));
for (const keymap of [
  'i386/qwerty/us.kmap.gz',
  'i386/qwertz/de-latin1.kmap.gz',
  'mac/us.kmap.gz',
  'readme.txt',
])
  write(`keymaps/${keymap}`);

const choices = () => listChoices(join(folder, 'keymaps'), join(folder, 'zones'));

test('zones with their former names, without the tables beside them; keymaps by their plain names, each once', () => {
  expect(choices()).toEqual({
    timezones: [
      ...['America/Argentina/Buenos_Aires', 'Asia/Calcutta', 'Etc/GMT+1', 'Europe/Rome', 'GB-Eire', 'UTC'],
    ],
    keymaps: ['de-latin1', 'us'],
  });
});

test('a system without them has no lists, and answers are checked by their shape', () => {
  const none = listChoices(join(folder, 'none'), join(folder, 'none'));
  expect(none).toEqual({});
});

test('what is in the lists is accepted, and nothing else', () => {
  const problems = (timezone: string, keyboard: string) => {
    const read = readAnswers(
      `[system]\nhostname = "a"\npassword = "geheim-0815"\ntimezone = "${timezone}"\nkeyboard = "${keyboard}"\n[disk]\ndevices = ["/dev/sda"]\n`,
      choices(),
    );
    return 'problems' in read ? read.problems.map(({ key }) => key) : [];
  };
  expect(problems('Asia/Calcutta', 'de-latin1')).toEqual([]);
  // Node knows both, the image does not.
  expect(problems('Asia/Kolkata', 'it')).toEqual(['system.timezone', 'system.keyboard']);
});
