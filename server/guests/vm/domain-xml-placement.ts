// Where a domain's memory and processors lie on the host: which processors run it, nodes, sharing of pages.
import type { VmModel, VmNumaNode } from '../config/vm-model.ts';
import { element, type XmlElement } from './xml.ts';

/** `0-2;5` to libvirt's `0-2,5`. */
const inCommas = (ranges: string) => ranges.replaceAll(';', ',');

export function memoryBackingElement(model: VmModel): XmlElement | undefined {
  return model.sharesPages ? undefined : element('memoryBacking', {}, [element('nosharepages')]);
}

/** `bind` is libvirt's `strict`, and the default. */
const modes = { bind: 'strict', preferred: 'preferred', interleave: 'interleave' } as const;

/** From which nodes of the host the memory of each node of the guest comes. */
export function numaTuneElement({ cpu }: VmModel): XmlElement | undefined {
  const bound = cpu.numa ? cpu.numaNodes.filter(({ hostNodes }) => hostNodes !== undefined) : [];
  if (bound.length === 0) return undefined;
  return element(
    'numatune',
    {},
    bound.map(({ index, hostNodes, policy = 'bind' }) =>
      element('memnode', { cellid: index, mode: modes[policy], nodeset: inCommas(hostNodes!) }),
    ),
  );
}

/** The guest's nodes: as configured, or one for each socket; what memory does not divide evenly is in the first. */
export function numaCells({ cpu, memoryMib }: VmModel): XmlElement[] {
  if (!cpu.numa) return [];
  const share = Math.floor(memoryMib / cpu.sockets);
  const even = Array.from({ length: cpu.sockets }, (_, socket) => ({
    index: socket,
    cpus: `${socket * cpu.cores}-${(socket + 1) * cpu.cores - 1}`,
    memoryMib: socket === 0 ? memoryMib - share * (cpu.sockets - 1) : share,
  }));
  const nodes: readonly Pick<VmNumaNode, 'index' | 'cpus' | 'memoryMib'>[] =
    cpu.numaNodes.length > 0 ? cpu.numaNodes : even;
  const cells = nodes.map(({ index, cpus, memoryMib: memory }) =>
    element('cell', { id: index, cpus: inCommas(cpus), memory, unit: 'MiB' }),
  );
  return [element('numa', {}, cells)];
}
