// Containers through the API beside LXC's own programs on the same storage.
import type { Bench, Row } from './bench.ts';
import { measureCrowd } from './ct-crowd.ts';
import { whyNoCtBench, withCtBench } from './ct-host.ts';
import { measureLife } from './ct-life.ts';

export const bench: Bench = {
  name: 'ct',
  about:
    'unprivileged busybox containers with a card on a bridge, on overlay and on btrfs, in alternating rounds: the API from the request to the event that its task has ended, beside the same clone by hand and LXC with the same configuration',
  whyNot: whyNoCtBench,
  run: (note) =>
    withCtBench(async (ct) => {
      note(
        'Incus is no peer here: Debian 12 has none. On Debian 13, which the appliance is made of, measure `incus launch` of a copied image on btrfs beside these.',
      );
      const rows: Row[] = [];
      for (const storage of ct.storages) rows.push(...(await measureLife(ct, storage)));
      const [first] = ct.storages;
      if (first) rows.push(...(await measureCrowd(ct, first, note)));
      return rows;
    }),
};
