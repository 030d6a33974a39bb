// The installation by a person at a serial line: the ISO as a CD by BIOS, the text console's menu, every question typed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabApi } from './api.ts';
import { bootIso, chooseEntry } from './boot-kinds.ts';
import { useMachine } from './fixture.ts';
import {
  bootWithinMs,
  failedUnits,
  fingerprintOf,
  inScratch,
  installWithinMs,
  liveWithinMs,
  makeForeignDisk,
  sshOf,
  statusOf,
} from './install-machines.ts';
import { findIso } from './iso-image.ts';
import { labKey } from './lab-cache.ts';
import type { Machine } from './machine.ts';
import { apiPort } from './machine-spec.ts';

const answerWithinMs = 60_000;
const password = 'three blind mice';

/** Types an answer when its question stands there. Enter is a carriage return, as a terminal sends it. */
async function answer({ serial }: Machine, question: RegExp, typed: string): Promise<void> {
  await serial.waitFor(question, answerWithinMs);
  await serial.send(`${typed}\r`);
}

it('installs by the text console on a serial line; the disk then boots by BIOS', async () => {
  const iso = await findIso();
  const key = readFileSync((await labKey()).publicFile, 'utf8').trim();
  await inScratch(async (folder) => {
    const path = await makeForeignDisk(join(folder, 'disk.raw'));
    const before = await fingerprintOf(path);
    const boot = () => bootIso('cd-bios', iso, { name: 'serial', disks: [{ path, format: 'raw' }] });
    await useMachine(boot, async (machine) => {
      const { serial } = machine;
      await chooseEntry(machine, 'live');

      // The menu is there before the daemon is; the head tells when that is up.
      await serial.waitFor(
        /live system: nothing is installed[\s\S]*https:\/\/10\.0\.2\.15:8006/,
        liveWithinMs,
      );
      await answer(machine, /1 {2}Install to disk[\s\S]*Number: /, '1');

      await serial.waitFor(/1 {2}vda {2}16(\.0)? GiB/, answerWithinMs);
      await serial.waitFor(/Linux file system/, answerWithinMs);
      await answer(machine, /Number of the disk to install on \[1\]: /, '2');
      await answer(machine, /A number from 1 to 1\.[\s\S]*Number of the disk[^\n]*: /, '1');
      await answer(machine, /Address: dhcp .* \[dhcp\]: /, '');
      await answer(machine, /Name of this machine \[croft\]: /, 'typed-by-hand');
      await answer(machine, /Password of root.*: /, 'three blind rats');
      await answer(machine, /The same password again: /, password);
      await answer(machine, /The two were not the same\.\s+Password of root.*: /, password);
      await answer(machine, /The same password again: /, password);
      await answer(machine, /SSH public key of root \(- for none\) \[-\]: /, key);
      await answer(machine, /Time zone \[UTC\]: /, 'Europe/Rome');
      await answer(machine, /Keyboard \[us\]: /, 'it');
      await answer(machine, /Language \[en\]: /, '');

      const [review] = await serial.waitFor(
        /To be installed:[\s\S]*Type vda to erase this disk/,
        answerWithinMs,
      );
      expect(review).toMatch(/disk +vda \(16/);
      expect(review).toMatch(/network +DHCP on /);
      expect(review).toMatch(/name +typed-by-hand/);
      expect(review).toMatch(/SSH key +croft-lab/);
      expect(review).toMatch(/time zone +Europe\/Rome/);
      expect(review).toMatch(/! vda .* will be erased: Linux file system/);
      await serial.send('vdb\r');
      await serial.waitFor(/That is not what stands there\. Nothing was written\./, answerWithinMs);
      await serial.waitFor(/Type vda to erase this disk[^\n]*: /, answerWithinMs);
      expect(await fingerprintOf(path)).toBe(before);
      await serial.send('vda\r');

      await serial.waitFor(
        /Croft is installed\. Take the medium out, then press Enter to reboot\./,
        installWithinMs,
      );
      expect(await fingerprintOf(path)).not.toBe(before);
      expect(serial.transcript()).not.toContain('three blind');
      const events = await machine.eventCount();
      await answer(machine, /Reboot: /, '');
      await machine.waitEvent('RESET', 120_000, events);

      const api = new LabApi(machine.port(apiPort), password);
      const ssh = sshOf(machine);
      const alive = () => machine.running;
      await api.waitUntilUp(bootWithinMs, alive);
      const status = await statusOf(api);
      expect(status).toMatchObject({ mode: 'installed', firmware: 'bios', slot: 'A', warnings: [] });
      expect(status.slots.find(({ name }) => name === 'A')).toMatchObject({ running: 1, default: 1 });
      expect(await api.node()).toBe('typed-by-hand');

      await ssh.waitUntilUp(bootWithinMs, alive);
      try {
        expect(await failedUnits(ssh)).toBe('');
        expect(await ssh.output(['hostname'])).toBe('typed-by-hand');
        expect(await ssh.output(['readlink', '/etc/localtime'])).toMatch(/Europe\/Rome$/);
        expect(
          await ssh.output(['cat', '/etc/vconsole.conf', '/etc/default/keyboard'], { okExitCodes: [0, 1] }),
        ).toMatch(/(KEYMAP|XKBLAYOUT)="?it"?/);
      } finally {
        await ssh.close();
      }
      // The menu of an installed machine, on the same line.
      serial.skip();
      await serial.send('\r');
      const [menu] = await serial.waitFor(/Croft [^\n]* on typed-by-hand\n[\s\S]*Number: /, answerWithinMs);
      expect(menu).not.toContain('Install to disk');
    });
  });
});
