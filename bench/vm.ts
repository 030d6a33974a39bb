// Virtual machines through the API beside virsh, qemu-img and bare QEMU.
import { whyNoLibvirtd } from '../test/host/libvirtd.ts';
import type { Bench, Row } from './bench.ts';
import { measureClone } from './vm-clone.ts';
import { withVmBench } from './vm-host.ts';
import { measurePlug } from './vm-plug.ts';
import { measureSnapshot } from './vm-snapshot.ts';
import { measureStart } from './vm-start.ts';

export const bench: Bench = {
  name: 'vm',
  about:
    'VMs with one disk, medians of alternating rounds: the API from the request to the event that its task has ended, beside virsh with the same domain under another name, qemu-img, and bare QEMU',
  whyNot: whyNoLibvirtd,
  run: (note) =>
    withVmBench(async (vm) => {
      const rows: Row[] = [];
      for (const measure of [measureStart, measureClone, measurePlug, measureSnapshot]) {
        const began = performance.now();
        rows.push(...(await measure(vm)));
        note(`${measure.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
      }
      return rows;
    }),
};
