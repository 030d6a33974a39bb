// One container's life: created from a cached template and started, stopped and started again, deleted; beside the same by hand.
import { beside, type Row, timed } from './bench.ts';
import { ByHand } from './ct-by-hand.ts';
import { type CloningStorage, type CtBench, firstVmid } from './ct-host.ts';

const rounds = 9;

export async function measureLife(bench: CtBench, storage: CloningStorage): Promise<Row[]> {
  const pattern = firstVmid;
  // Unpacks the template into the base, which the others are clones of.
  await bench.createAndStart(pattern, storage);
  const hand = new ByHand(bench, storage, pattern);
  const seen = {
    create: [] as number[],
    restart: [] as number[],
    remove: [] as number[],
    clone: [] as number[],
    lxcCreate: [] as number[],
    lxcRestart: [] as number[],
    lxcDestroy: [] as number[],
  };
  try {
    await bench.power(pattern, 'stop');
    await bench.remove(pattern);
    for (let round = -1; round < rounds; round += 1) {
      const vmid = firstVmid + 2 + round;
      const create = await timed(() => bench.createAndStart(vmid, storage));
      await bench.power(vmid, 'stop');
      const restart = await timed(async () => {
        await bench.power(vmid, 'start');
        await bench.power(vmid, 'stop');
      });
      const remove = await timed(() => bench.remove(vmid));

      const cloning = await timed(() => hand.clone(vmid));
      // It wants to see the root. Whoever starts from a file of configuration needs none of it: the peer is without.
      const lxcCreate = await timed(() => hand.create(vmid));
      const clone = cloning + (await timed(() => hand.start(vmid)));
      await hand.stop(vmid);
      const lxcRestart = await timed(async () => {
        await hand.start(vmid);
        await hand.stop(vmid);
      });
      const lxcDestroy = await timed(() => hand.destroy(vmid));
      if (round < 0) continue;
      const times = { create, restart, remove, clone, lxcCreate: lxcCreate + clone, lxcRestart, lxcDestroy };
      for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name].push(times[name]);
    }
  } finally {
    await hand.close();
  }
  const cloned = storage.kind === 'btrfs' ? 'btrfs snapshot' : 'overlay mount';
  const row = (measure: string, ours: number[], name: string, theirs: number[]): Row =>
    beside(`${measure}, ${storage.kind}`, ours, name, theirs);
  return [
    {
      ...row('create and start', seen.create, `${cloned} and lxc-start`, seen.clone),
      goal: { of: 'ratio', atMost: 1.5 },
    },
    row('create and start', seen.create, `lxc-create, ${cloned}, lxc-start`, seen.lxcCreate),
    row('start and stop', seen.restart, 'lxc-start, lxc-stop', seen.lxcRestart),
    row(
      'delete',
      seen.remove,
      `${storage.kind === 'btrfs' ? 'subvolume delete' : 'umount, rm'}, lxc-destroy`,
      seen.lxcDestroy,
    ),
  ];
}
