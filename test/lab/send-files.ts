// Files that tests give to a lab node's storage `local`: a disk that counts, a template of containers.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtTemplate } from '../../server/templates/template-fixture.ts';
import { countingDisk } from '../host/counting-guest.ts';
import { upload } from '../host/upload.ts';
import { inScratch } from './install-machines.ts';
import type { LabNode } from './node.ts';

const uploadWithinMs = 120_000;
const template = 'debian-13-minimal_13-20260101_amd64.tar.zst';

/** Volume ids on the node. */
export const countingVolume = 'local:import/counting.raw';
export const templateVolume = `local:vztmpl/${template}`;

async function send(
  { api, name }: LabNode,
  content: string,
  file: string,
  make: (path: string) => void,
): Promise<void> {
  await inScratch(async (folder) => {
    const path = join(folder, file);
    make(path);
    const target = { port: api.port, headers: await api.login() };
    await api.waitTask(await upload(target, { content, file: path }, 'local', name), uploadWithinMs);
  });
}

/** As `countingVolume`. With `writes` each number is on the disk before it is on the serial line. */
export async function sendCountingDisk(
  node: LabNode,
  options: { readonly writes: boolean } = { writes: false },
): Promise<void> {
  await send(node, 'import', 'counting.raw', (path) => writeFileSync(path, countingDisk(options)));
}

/** As `templateVolume`: Debian 13, minimal. */
export async function sendTemplate(node: LabNode): Promise<void> {
  const built = await builtTemplate('debian-13-minimal');
  await send(node, 'vztmpl', template, (path) => copyFileSync(built, path));
}
