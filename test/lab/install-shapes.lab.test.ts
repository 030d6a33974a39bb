// Unattended installations of every shape: mirrored, onto what is there already, and refused with nothing touched.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gibibyte } from '../../server/core/units.ts';
import { type LabAnswers, labAnswers, labPassword } from './answer-medium.ts';
import { LabApi } from './api.ts';
import { useMachine, withLab } from './fixture.ts';
import {
  bootInstalled,
  bootUnattended,
  bootWithinMs,
  diskBytes,
  failedUnits,
  fingerprintOf,
  inScratch,
  makeEmptyDisk,
  makeForeignDisk,
  mustInstall,
  outcomeOf,
  sshOf,
  statusOf,
} from './install-machines.ts';
import { findIso } from './iso-image.ts';
import type { Machine } from './machine.ts';
import { apiPort, type DiskSpec } from './machine-spec.ts';
import type { Ssh } from './ssh.ts';

interface Up {
  readonly machine: Machine;
  readonly ssh: Ssh;
  readonly api: LabApi;
}

/** Boots what was installed, waits until it is there, and runs `test` with it. */
async function whenUp<T>(make: () => Promise<Machine>, test: (up: Up) => Promise<T>): Promise<T> {
  return useMachine(make, async (machine) => {
    const ssh = sshOf(machine);
    const api = new LabApi(machine.port(apiPort), labPassword);
    const alive = () => machine.running;
    try {
      await ssh.waitUntilUp(bootWithinMs, alive);
      await api.waitUntilUp(bootWithinMs, alive);
      return await test({ machine, ssh, api });
    } catch (error) {
      throw new Error(`${error}\n${await lastWords(ssh)}`, { cause: error });
    } finally {
      await ssh.close();
    }
  });
}

/** What the daemon said last, when root's shell still answers. */
async function lastWords(ssh: Ssh): Promise<string> {
  const argv = ['journalctl', '--boot', '--no-pager', '--output=cat', '--lines=15', '--unit=croft.service'];
  return ssh.output(argv).catch((error: unknown) => `and its journal cannot be had: ${error}`);
}

/** Shuts down as its power button would, so that everything is on the disks. */
async function switchOff({ machine, ssh }: Pick<Up, 'machine' | 'ssh'>): Promise<void> {
  await ssh.close();
  await machine.powerButton();
  expect(await machine.waitExit(180_000)).toBe('guest-shutdown');
}

it('mirrors two disks by BIOS, and runs from the second alone by UEFI', async () => {
  const iso = await findIso();
  await inScratch(async (folder) => {
    const disks: DiskSpec[] = [];
    for (const serial of ['lab-one', 'lab-two'])
      disks.push({
        ...{ path: await makeEmptyDisk(join(folder, `${serial}.raw`)), format: 'raw' },
        ...{ bus: 'sata', serial, cache: 'unsafe' },
      });
    const devices = disks.map(({ serial }) => `/dev/disk/by-id/ata-QEMU_HARDDISK_${serial}`);
    const answers = await labAnswers({ hostname: 'twin', devices });
    const said = await useMachine(() => bootUnattended(iso, folder, 'mirror', disks, answers), mustInstall);
    // Which of the two the kernel finds first is chance; both are told, once each.
    expect((said.match(/(?<=autoinstall: )sd[ab](?= .* is empty)/g) ?? []).sort()).toEqual(['sda', 'sdb']);
    expect(said).toMatch(/autoinstall: done/);

    await whenUp(
      () => bootInstalled('mirror', disks, 'bios'),
      async ({ machine, ssh, api }) => {
        expect(mirrorsOf(await ssh.output(['cat', '/proc/mdstat']))).toEqual([
          ['sda3', 'sdb3'],
          ['sda4', 'sdb4'],
          ['sda5', 'sdb5'],
        ]);
        expect(await ssh.output(['findmnt', '--noheadings', '--output=SOURCE', '/var/lib/croft/local'])).toBe(
          '/dev/mapper/croft-local',
        );
        expect(await statusOf(api)).toMatchObject({ mode: 'installed', slot: 'A', warnings: [] });
        expect(await failedUnits(ssh)).toBe('');
        await ssh.script('echo settings > /etc/croft/kept; echo data > /var/lib/croft/local/kept');
        await switchOff({ machine, ssh });
      },
    );

    await whenUp(
      () => bootInstalled('half', [disks[1]!], 'uefi'),
      async ({ ssh, api }) => {
        expect(mirrorsOf(await ssh.output(['cat', '/proc/mdstat']))).toEqual([['sda3'], ['sda4'], ['sda5']]);
        expect(await ssh.output(['cat', '/etc/croft/kept', '/var/lib/croft/local/kept'])).toBe(
          'settings\ndata',
        );
        const status = await statusOf(api);
        expect(status).toMatchObject({ mode: 'installed', firmware: 'uefi', slot: 'A' });
        expect(status.warnings).toEqual([
          expect.stringMatching(/^The mirror .* runs on sda3, sda4, sda5 alone$/),
        ]);
        expect(await failedUnits(ssh)).toBe('');
      },
    );
  });
});

/** Members of each array, sorted: `md127 : active raid1 sdb3[1] sda3[0]`, in the format of md(4). */
function mirrorsOf(mdstat: string): string[][] {
  const arrays = mdstat.split('\n').filter((line) => /^md\w+ : active /.test(line));
  return arrays.map((line) => (line.match(/\w+(?=\[\d+\])/g) ?? []).sort()).sort();
}

it('keeps guests and settings of the installation that is there', async () => {
  const iso = await findIso();
  await withLab(1, async ([node]) => {
    const { machine, ssh, api, name } = node!;
    await api.waitTask(
      await api.call<string>('POST', `/nodes/${name}/qemu`, { vmid: 100, name: 'kept', memory: 512 }),
      120_000,
    );
    await ssh.script('echo data > /var/lib/croft/local/kept');
    await switchOff({ machine, ssh });
    // The same machine, with its spares: an installer that took them for the system's disk would be seen.
    const disks = machine.spec.disks!;
    await inScratch(async (folder) => {
      const answers = await labAnswers({ hostname: name, keepGuests: true });
      const said = await useMachine(() => bootUnattended(iso, folder, 'keep', disks, answers), mustInstall);
      expect(said).toMatch(
        /vda .*: the system of Croft \S+ of 'lab1' is replaced; its settings and its guests are kept/,
      );
    });
    await whenUp(
      () => bootInstalled('kept', disks, 'bios'),
      async (kept) => {
        expect(await statusOf(kept.api)).toMatchObject({ mode: 'installed', slot: 'A', warnings: [] });
        expect(await kept.api.node()).toBe(name);
        expect(await kept.api.call('GET', `/nodes/${name}/qemu/100/config`)).toMatchObject({
          name: 'kept',
          memory: '512',
        });
        expect(await kept.ssh.output(['cat', '/var/lib/croft/local/kept'])).toBe('data');
        expect(await failedUnits(kept.ssh)).toBe('');
      },
    );
  });
});

describe('refuses, and says so on the console', () => {
  async function refusal(
    name: string,
    disks: readonly DiskSpec[],
    answers: string,
    folder: string,
  ): Promise<string> {
    const iso = await findIso();
    return useMachine(
      () => bootUnattended(iso, folder, name, disks, answers),
      async (machine) => {
        const { failed, said } = await outcomeOf(machine);
        expect(failed).toBe(true);
        expect(said).toMatch(/FAILED: the installation failed; the lines above say why/);
        // It stays, to be looked at.
        const api = new LabApi(machine.port(apiPort), labPassword);
        await api.waitUntilUp(bootWithinMs, () => machine.running);
        return said;
      },
    );
  }

  it('a machine without a disk', async () => {
    await inScratch(async (folder) => {
      // The stick with the answers is /dev/sda.
      const answers = await labAnswers({ devices: ['/dev/vda'] });
      expect(await refusal('diskless', [], answers, folder)).toMatch(
        /:\d+: disk\.devices: there is no disk \/dev\/vda; there is none that could be used\n/,
      );
    });
  });

  it('a disk of 4 GiB', async () => {
    await inScratch(async (folder) => {
      const path = await makeEmptyDisk(join(folder, 'small.raw'), 4 * gibibyte);
      const said = await refusal('small', [{ path, format: 'raw' }], await labAnswers(), folder);
      expect(said).toMatch(/:\d+: disk\.devices: vda \(.*\): it is too small: 12 GiB are needed/);
      expect((await stat(path)).blocks).toBe(0);
    });
  });

  it('a disk with a file system, without erase', async () => {
    await inScratch(async (folder) => {
      const path = await makeForeignDisk(join(folder, 'foreign.raw'), diskBytes);
      const before = { first: await fingerprintOf(path), blocks: (await stat(path)).blocks };
      const answers = (await labAnswers()).replace('erase = true', 'erase = false');
      const said = await refusal('foreign', [{ path, format: 'raw' }], answers, folder);
      const line = answers.split('\n').indexOf('erase = false') + 1;
      expect(said).toMatch(
        new RegExp(
          `:${line}: disk\\.erase: vda .* is not empty: Linux file system .*"photos".* With erase = true`,
        ),
      );
      expect({ first: await fingerprintOf(path), blocks: (await stat(path)).blocks }).toEqual(before);
    });
  });

  it('an answer file with an unknown key and contradictions', async () => {
    await inScratch(async (folder) => {
      const path = await makeEmptyDisk(join(folder, 'disk.raw'));
      const wrong: LabAnswers = { devices: ['/dev/vda', '/dev/vdb'] };
      const answers = (await labAnswers(wrong))
        .replace('mirror = true', 'mirror = false')
        .replace('hostname =', 'hostnme =')
        .replace('mode = "dhcp"', 'mode = "dhcp"\naddress = "192.0.2.10/24"');
      const said = await refusal('wrong', [{ path, format: 'raw' }], answers, folder);
      const lineOf = (start: string) => answers.split('\n').findIndex((line) => line.startsWith(start)) + 1;
      for (const [line, text] of [
        [lineOf('hostnme'), 'system\\.hostnme: .*hostname'],
        [lineOf('address'), 'network\\.address: .*(static|dhcp)'],
        [lineOf('devices'), 'disk\\.devices: two disks need mirror = true'],
      ] as const)
        expect(said).toMatch(new RegExp(`answers\\.toml:${line}: ${text}`));
      expect(said).not.toContain(labPassword);
      expect((await stat(path)).blocks).toBe(0);
    });
  });
});
