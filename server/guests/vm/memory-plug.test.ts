import { describe, expect, test } from 'vitest';
import { planDimms } from './memory-plug.ts';

/** A domain's description as libvirt writes it, sizes in MiB. */
function domain(startMib: number, dimms: readonly [alias: string, sizeMib: number, node: number][] = []) {
  const total = startMib + dimms.reduce((sum, [, size]) => sum + size, 0);
  const devices = dimms.map(
    ([alias, size, node]) =>
      `<memory model='dimm'><target><size unit='KiB'>${size * 1024}</size><node>${node}</node></target><alias name='${alias}'/><address type='dimm' slot='0' base='0x100000000'/></memory>`,
  );
  return `<domain><maxMemory slots='32' unit='KiB'>536870912</maxMemory><memory unit='KiB'>${total * 1024}</memory>
    <currentMemory unit='KiB'>1024</currentMemory>
    <cpu><numa><cell id='0' cpus='0' memory='1' unit='KiB'/><cell id='1' cpus='1' memory='1' unit='KiB'/></numa></cpu>
    <devices>${devices.join('')}<memballoon model='virtio'/></devices></domain>`;
}

const shape = (xml: string) => [
  /<alias name="([^"]+)"/.exec(xml)?.[1],
  Number(/<size unit="MiB">(\d+)</.exec(xml)?.[1]),
  Number(/<node>(\d+)</.exec(xml)?.[1]),
];

describe('more memory', () => {
  test('comes in pieces that divide each other, shared out over the nodes', () => {
    const { attach, detach } = planDimms(domain(512), 512 + 896);
    expect(attach.map(shape)).toEqual([
      ['ua-dimm0', 512, 0],
      ['ua-dimm1', 256, 1],
      ['ua-dimm2', 128, 1],
    ]);
    expect(detach).toEqual([]);
  });

  test('takes the first free name', () => {
    const xml = domain(512, [['ua-dimm1', 128, 0]]);
    expect(planDimms(xml, 768).attach.map(shape)).toEqual([['ua-dimm0', 128, 1]]);
  });

  test('is nothing to do when it is there already', () => {
    expect(planDimms(domain(512, [['ua-dimm0', 128, 0]]), 640)).toEqual({ attach: [], detach: [] });
  });
});

test('less memory: pieces go that make up the difference', () => {
  const xml = domain(512, [
    ['ua-dimm0', 512, 0],
    ['ua-dimm1', 256, 1],
    ['ua-dimm2', 128, 1],
  ]);
  expect(planDimms(xml, 512 + 512).detach.map(shape)).toEqual([
    ['ua-dimm1', 256, 1],
    ['ua-dimm2', 128, 1],
  ]);
  expect(planDimms(xml, 512).detach).toHaveLength(3);
});

test.each<[string, string, number, RegExp]>([
  ['without hotplug=memory', "<domain><memory unit='KiB'>1024</memory></domain>", 256, /hotplug=memory/],
  ['by an odd size', domain(512), 600, /steps of 128 MiB.*: 512 or 640/],
  ['further than its addresses go', domain(512), 1024 * 1024, /can grow to 524288 MiB/],
  ['below what it was started with', domain(512), 256, /started with, 512 MiB/],
  ['by less than a piece', domain(512, [['ua-dimm0', 512, 0]]), 896, /pieces of 512 MiB/],
  [
    'when every slot is taken',
    domain(
      512,
      Array.from({ length: 32 }, (_, i) => [`ua-dimm${i}`, 128, 0] as [string, number, number]),
    ),
    512 + 33 * 128,
    /32 slots/,
  ],
])('refused %s', (_, xml, wantedMib, text) => {
  expect(() => planDimms(xml, wantedMib)).toThrow(text);
});
