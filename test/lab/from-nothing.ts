// `npm run from-nothing`: the documented way from a checkout to a logged-in installed appliance, in one go, with the time of each phase.
import { spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApplianceStatus } from '../../server/contract/appliance.ts';
import { gibibyte } from '../../server/core/units.ts';
import { command, sayLine } from '../../server/setup/say.mjs';
import { labPassword } from './answer-medium.ts';
import { LabApi } from './api.ts';
import { installOnto } from './base.ts';
import { findIso } from './iso-image.ts';
import { makeDisk, workFolder } from './lab-cache.ts';
import { Machine, machineId } from './machine.ts';
import { apiPort } from './machine-spec.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const minute = 60_000;

await command(async () => {
  // The preparation came before this program: `server/setup/tool.mjs` measured it.
  const times: [what: string, seconds: number][] = [
    ['prepare this machine', Number(process.env['CROFT_PREPARED_SECONDS'] ?? 0)],
  ];
  const phase = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    sayLine(`\n== ${what}`);
    const began = Date.now();
    const result = await work();
    times.push([what, (Date.now() - began) / 1000]);
    return result;
  };

  await phase('build the ISO', buildIso);
  const iso = await findIso();
  const work = workFolder(machineId('from-nothing'));
  try {
    const disk = await makeDisk(join(work, 'disk.qcow2'), 32 * gibibyte);
    await phase('install onto an empty disk, without questions', () => installOnto(iso, disk, work));
    const machine = await Machine.create({
      name: 'from-nothing',
      disks: [{ path: disk, format: 'qcow2', bootIndex: 0 }],
    });
    try {
      const api = await phase('start from the disk until the web interface answers', async () => {
        await machine.start();
        const client = new LabApi(machine.port(apiPort), labPassword);
        await client.waitUntilUp(10 * minute, () => machine.running);
        return client;
      });
      const status = await phase('log in', async () => {
        const node = await api.node();
        return await api.call<ApplianceStatus>('GET', `/nodes/${node}/appliance`);
      });
      sayLine(`\nlogged in: Croft ${status.version}, ${status.mode}, slot ${status.slot}`);
      for (const warning of status.warnings) sayLine(`  ! ${warning}`);
      if (status.mode !== 'installed') throw new Error(`the machine says that it is ${status.mode}`);
    } finally {
      await machine.dispose();
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }

  sayLine(`\nISO: ${iso.path}, ${(statSync(iso.path).size / 1e6).toFixed(1)} MB`);
  for (const [what, seconds] of times) sayLine(`${seconds.toFixed(1).padStart(8)} s  ${what}`);
  sayLine(
    `${times
      .reduce((sum, [, seconds]) => sum + seconds, 0)
      .toFixed(1)
      .padStart(8)} s  in all`,
  );
});

function buildIso(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['iso-builder/build.ts'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`the build ended with ${code}`))));
  });
}
