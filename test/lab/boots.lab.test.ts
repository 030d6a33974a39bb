// Every way to boot the ISO ends in a live system that answers; an installed disk boots by both kinds of firmware.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ApplianceStatus, MachineFactsReply } from '../../server/contract/appliance.ts';
import { gibibyte } from '../../server/core/units.ts';
import { labPassword } from './answer-medium.ts';
import { LabApi } from './api.ts';
import { prepareBase } from './base.ts';
import { type BootKind, bootIso } from './boot-kinds.ts';
import { useMachine } from './fixture.ts';
import { findIso } from './iso-image.ts';
import { makeDisk, makeOverlay, workFolder } from './lab-cache.ts';
import { liveApi } from './live.ts';
import { Machine, machineId } from './machine.ts';
import { apiPort } from './machine-spec.ts';

const minute = 60_000;
const kinds: readonly BootKind[] = ['cd-bios', 'cd-uefi', 'usb-bios', 'usb-uefi', 'network'];

describe('the ISO boots to a live system that answers', () => {
  it.each(kinds)('%s', async (kind) => {
    const iso = await findIso();
    const boot = async () => {
      const disk = await makeDisk(join(workFolder(machineId('boots')), `${kind}.qcow2`), 16 * gibibyte);
      // A network boot keeps the whole image in memory.
      return bootIso(kind, iso, {
        name: kind,
        disks: [{ path: disk, format: 'qcow2' }],
        more: { memoryMiB: 3072 },
      });
    };
    await useMachine(boot, async (machine) => {
      const began = Date.now();
      const api = await liveApi(machine, 6 * minute);
      const node = await api.node();
      const status = await api.call<ApplianceStatus>('GET', `/nodes/${node}/appliance`);
      expect(status).toMatchObject({ mode: 'live', slots: [], warnings: [] });
      expect(status.firmware).toBe(kind.endsWith('uefi') ? 'uefi' : 'bios');
      const { disks, nics } = await api.call<MachineFactsReply>('GET', `/nodes/${node}/appliance/machine`);
      expect(disks.filter(({ problem }) => problem === undefined).map(({ name }) => name)).toEqual(['vda']);
      if (kind.startsWith('usb'))
        expect(disks.find(({ name }) => name === 'sda')?.problem).toMatch(/booted|medium/);
      expect(nics).toMatchObject([{ link: true }]);
      process.stderr.write(
        `${kind}: live and answering after ${((Date.now() - began) / 1000).toFixed(0)} s\n`,
      );
    });
  });
});

describe('an installed disk boots', () => {
  it.each(['bios', 'uefi'] as const)('by %s', async (firmware) => {
    const base = await prepareBase(await findIso(), { say: (line) => process.stderr.write(`${line}\n`) });
    const start = async () => {
      const disk = await makeOverlay(
        join(workFolder(machineId('installed')), `${firmware}.qcow2`),
        base.disk,
        'qcow2',
      );
      const machine = await Machine.create({
        name: `installed-${firmware}`,
        firmware,
        disks: [{ path: disk, format: 'qcow2', bootIndex: 0 }],
      });
      return machine.start();
    };
    await useMachine(start, async (machine) => {
      const api = new LabApi(machine.port(apiPort), labPassword);
      await api.waitUntilUp(6 * minute, () => machine.running);
      const status = await api.call<ApplianceStatus>('GET', `/nodes/${await api.node()}/appliance`);
      expect(status).toMatchObject({ mode: 'installed', firmware, slot: 'A', trial: 0 });
      const page = await fetchPage(machine.port(apiPort));
      expect(page).toContain('<title>Croft');
    });
  });
});

async function fetchPage(port: number): Promise<string> {
  const { request } = await import('node:https');
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/', rejectUnauthorized: false, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(Buffer.concat(chunks).toString()));
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}
