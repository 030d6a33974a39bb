// The measures of `storage.ts` inside an appliance, on what a development machine has not: LVM and storage servers. Bundled and run by
// `test/lab/storage-bench.lab.test.ts`: `node storage-appliance.mjs lvm nfs`.
import { rm } from 'node:fs/promises';
import { exec } from '../server/core/exec.ts';
import { quietContext } from '../server/core/work-context.ts';
import { builtInPlugins } from '../server/storage/storage-types.ts';
import { serversFolder } from '../test/appliance/storage-places.ts';
import { storageThings } from '../test/appliance/storage-things.ts';
import type { Row } from './bench.ts';
import { measureCopy } from './storage-copy.ts';
import { measureVolumes, type StorageTarget } from './storage-volumes.ts';
import { renderTable } from './table.ts';

const context = quietContext();

/** How each is measured. A thick volume takes its 32 GiB, as do the tools', from a disk of a thousand. */
const measured = {
  dir: { kind: 'qcow2', format: 'qcow2', rounds: 5 },
  btrfs: { kind: 'btrfs', format: 'raw', rounds: 5 },
  lvm: { kind: 'lvm', format: 'raw', rounds: 5 },
  'lvm-chain': { kind: 'lvm-chain', format: 'qcow2', rounds: 3 },
  lvmthin: { kind: 'lvmthin', format: 'raw', rounds: 5 },
  nfs: { kind: 'qcow2', format: 'qcow2', rounds: 5 },
  cifs: { kind: 'qcow2', format: 'qcow2', rounds: 5 },
  glusterfs: { kind: 'qcow2', format: 'qcow2', rounds: 5 },
} as const satisfies Record<string, Pick<StorageTarget, 'kind' | 'format' | 'rounds'>>;
type Measured = keyof typeof measured;
const isMeasured = (name: string): name is Measured => name in measured;

const rows: Row[] = [];
for (const name of process.argv.slice(2).filter(isMeasured)) {
  const thing = storageThings[name]();
  await thing.setUp();
  const { plugin, options, cleanUp } = thing.under();
  const storage = plugin.open('test', options);
  await storage.activate(context);
  try {
    const { declaration } = plugin;
    rows.push(...(await measureVolumes({ name, declaration, storage, ...measured[name] })));
    rows.push(...(await copyInto(name, storage)));
  } finally {
    await cleanUp();
    await thing.tearDown();
  }
}
process.stdout.write(`${renderTable(rows)}\n`);

/** From a directory on the node's own disk. */
async function copyInto(name: Measured, storage: Parameters<typeof measureCopy>[2]): Promise<Row[]> {
  const path = `${serversFolder}/copied`;
  const plugin = builtInPlugins(exec).find(({ declaration }) => declaration.type === 'dir');
  if (!plugin) throw new Error("there is no plugin of type 'dir'");
  const from = plugin.open('from', { path });
  await from.activate(context);
  try {
    return await measureCopy(`dir to ${name}`, from, storage, measured[name].format);
  } finally {
    await rm(path, { recursive: true });
  }
}
