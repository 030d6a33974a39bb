// A volume of 32 GiB on one storage: allocated, snapshotted, cloned, deleted, beside the tools by hand on the same storage.
import { gibibyte } from '../server/core/units.ts';
import { quietContext } from '../server/core/work-context.ts';
import type { PluginDeclaration, Storage, VolumeFormat } from '../storage-plugins/plugin.ts';
import { alternating, beside, type Row } from './bench.ts';
import { byHand } from './storage-by-hand.ts';

export interface StorageTarget {
  /** In the table. */
  readonly name: string;
  readonly declaration: PluginDeclaration;
  /** Empty and active. */
  readonly storage: Storage;
  readonly kind: Parameters<typeof byHand>[0];
  readonly format: VolumeFormat;
  /** Of rounds; where volumes take their whole size at once, a group may hold only some. */
  readonly rounds: number;
}

const context = quietContext();
const sizeBytes = 32 * gibibyte;
const vmid = 100;
/** Of the issue's goal for volumes: the tools' time and a share, and what a few more looks may take. */
const goal = { of: 'ratio', atMost: 1.3, plus: 20 } as const;

export async function measureVolumes({
  name,
  declaration,
  storage,
  kind,
  format,
  rounds,
}: StorageTarget): Promise<Row[]> {
  const can = (feature: string, state: string) =>
    declaration.capabilities.some(
      (row) =>
        row.feature === feature &&
        row.formats.includes(format) &&
        (row.states as readonly string[]).includes(state),
    );
  const allocate = () => storage.createDisk(context, { vmid, format, sizeBytes });
  const probe = await allocate();
  const hand = byHand(kind, await storage.attach(context, probe.name), sizeBytes);
  await storage.detach(context, probe.name);
  await storage.remove(context, probe.name);

  const made = new Map<number, string>();
  const nameOf = (round: number) => made.get(round) ?? '';
  const rows: Row[] = [];
  const row = (measure: string, seen: { readonly ours: number[]; readonly theirs: number[] }) =>
    rows.push({ ...beside(`${name}: ${measure}`, seen.ours, hand.tool, seen.theirs), goal });

  row(
    'allocate 32 GiB',
    await alternating(rounds, {
      ours: async (round) => void made.set(round, (await allocate()).name),
      theirs: (round) => hand.allocate(round),
    }),
  );
  if (hand.snapshot && can('snapshot', 'current')) {
    const { snapshot } = hand;
    row(
      'snapshot',
      await alternating(rounds, {
        ours: (round) => storage.snapshot(context, nameOf(round), 'one'),
        theirs: (round) => snapshot(round),
      }),
    );
  }
  row(
    'delete, with its snapshot',
    await alternating(rounds, {
      ours: (round) => storage.remove(context, nameOf(round)),
      theirs: (round) => hand.remove(round),
    }),
  );
  if (hand.clone && hand.prepareClone && can('template', 'current') && can('linked-clone', 'base')) {
    const base = (await storage.makeBase(context, (await allocate()).name)).name;
    await hand.prepareClone();
    const { clone } = hand;
    row(
      'linked clone',
      await alternating(rounds, {
        ours: (round) => storage.clone(context, base, { vmid: vmid + 2 + round, mode: 'linked' }),
        theirs: (round) => clone(round),
      }),
    );
  }
  return rows;
}
