// Memory of a running domain in DIMMs: what it has, and which come or go for another size. Pure.
import { AppError } from '../../core/errors.ts';
import { element, renderXml } from './xml.ts';

/**
 * Most memory that a VM with memory hot-plug can grow to, in MiB. An emulated or general processor has addresses of 40 bits,
 * and on AMD the last of them belong to its bus.
 */
export const hotPlugLimitMib = 512 * 1024;
/** DIMMs that can be added (QEMU's docs/memory-hotplug.txt: `slots`). */
export const dimmSlots = 32;
/** Linux takes and gives memory in blocks of this size on x86 (Documentation/admin-guide/mm/memory-hotplug.rst). */
const dimmStepMib = 128;

interface Dimm {
  readonly alias: string;
  readonly sizeMib: number;
  readonly node: number;
}

export interface DimmPlan {
  /** Device elements. */
  readonly attach: readonly string[];
  readonly detach: readonly string[];
}

/** What is to be done with the domain of this description, libvirt's own. Throws, in words, what it cannot have as it runs. */
export function planDimms(domainXml: string, wantedMib: number): DimmPlan {
  const limitMib = kibIn(/<maxMemory\b[^>]*>(\d+)<\/maxMemory>/, domainXml);
  if (limitMib === undefined)
    throw new AppError('unsupported', 'it was started without hotplug=memory and numa=1');
  const presentMib = kibIn(/<memory\b[^>]*>(\d+)<\/memory>/, domainXml) ?? 0;
  const dimms = dimmsOf(domainXml);
  if (wantedMib > limitMib)
    throw new AppError('unsupported', `it can grow to ${limitMib} MiB while it runs, not further`);
  const missing = wantedMib - presentMib;
  if (missing < 0) return { attach: [], detach: leaving(dimms, -missing, presentMib).map(render) };
  if (missing % dimmStepMib !== 0) {
    const below = wantedMib - (missing % dimmStepMib);
    throw new AppError(
      'unsupported',
      `it grows in steps of ${dimmStepMib} MiB while it runs: ${below} or ${below + dimmStepMib}`,
    );
  }
  const sizes = piecesOf(missing);
  if (dimms.length + sizes.length > dimmSlots)
    throw new AppError('unsupported', `all of its ${dimmSlots} slots for memory are taken`);
  return { attach: placed(dimms, sizes, nodesOf(domainXml)).map(render), detach: [] };
}

/** Pieces of which each divides the larger ones, so that nearly any of it can be taken away again. */
function piecesOf(totalMib: number): number[] {
  const sizes: number[] = [];
  let left = totalMib;
  while (left > 0) {
    const size = dimmStepMib * 2 ** Math.floor(Math.log2(left / dimmStepMib));
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

/** Each to the node that has least of what was added, with the first name that is free. */
function placed(dimms: readonly Dimm[], sizes: readonly number[], nodes: number): Dimm[] {
  const all = [...dimms];
  for (const sizeMib of sizes) {
    const added = Array.from({ length: nodes }, (_, node) =>
      all.filter((dimm) => dimm.node === node).reduce((sum, dimm) => sum + dimm.sizeMib, 0),
    );
    const node = added.indexOf(Math.min(...added));
    const names = new Set(all.map(({ alias }) => alias));
    let number = 0;
    while (names.has(`ua-dimm${number}`)) number += 1;
    all.push({ alias: `ua-dimm${number}`, sizeMib, node });
  }
  return all.slice(dimms.length);
}

function leaving(dimms: readonly Dimm[], tooMuch: number, presentMib: number): Dimm[] {
  const going: Dimm[] = [];
  let left = tooMuch;
  for (const dimm of [...dimms].sort((a, b) => b.sizeMib - a.sizeMib)) {
    if (dimm.sizeMib > left) continue;
    going.push(dimm);
    left -= dimm.sizeMib;
  }
  if (left === 0) return going;
  const sizes = dimms.map(({ sizeMib }) => sizeMib);
  const start = presentMib - sizes.reduce((sum, size) => sum + size, 0);
  throw new AppError(
    'unsupported',
    sizes.length === 0
      ? `what it was started with, ${start} MiB, stays while it runs: balloon takes memory of it`
      : `of ${presentMib} MiB only what was added can go while it runs, in pieces of ${sizes.join(', ')} MiB`,
  );
}

function dimmsOf(xml: string): Dimm[] {
  return [...xml.matchAll(/<memory\s[^>]*model=['"]dimm['"][\s\S]*?<\/memory>/g)].flatMap(([text]) => {
    const alias = /<alias\s+name=['"]([^'"]+)/.exec(text)?.[1];
    const sizeMib = kibIn(/<size\b[^>]*>(\d+)<\/size>/, text);
    const node = Number(/<node>(\d+)<\/node>/.exec(text)?.[1] ?? 0);
    return alias === undefined || sizeMib === undefined ? [] : [{ alias, sizeMib, node }];
  });
}

function nodesOf(xml: string): number {
  return Math.max(1, [...xml.matchAll(/<cell\s/g)].length);
}

/** libvirt tells sizes in KiB. */
function kibIn(pattern: RegExp, xml: string): number | undefined {
  const text = pattern.exec(xml)?.[1];
  return text === undefined ? undefined : Number(text) / 1024;
}

function render({ alias, sizeMib, node }: Dimm): string {
  return renderXml(
    element('memory', { model: 'dimm' }, [
      element('target', {}, [element('size', { unit: 'MiB' }, sizeMib), element('node', {}, node)]),
      element('alias', { name: alias }),
    ]),
  );
}
