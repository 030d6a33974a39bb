// What becomes of appliances and configuration files: those of usual writers, and those that mean harm.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ovfText } from '../../../test/fixtures/appliance.ts';
import { importMetadata } from '../../contract/node-storage-import.ts';
import { AppError } from '../../core/errors.ts';
import { mergeConfigChange } from '../config/merge-config-change.ts';
import { importMetadataOf } from './import-metadata.ts';
import { brokenPathRule } from './import-source.ts';
import { readConf, renderFields } from './map-conf.ts';
import { unitBytes } from './ovf-system.ts';
import { vmNameOf } from './report.ts';

const disk = { name: 'box-disk1.vmdk', volume: 'import/box.ova/box-disk1.vmdk', bytes: 1000 };
const ofOvf = (text: string, members = [disk]) =>
  importMetadataOf('local', 'import/box.ova', { kind: 'ova', text, members });
const ofConf = (text: string, members: readonly (typeof disk)[] = []) =>
  importMetadataOf('local', 'import/100.conf', { kind: 'conf', text, members });

/** The way of every client: what the metadata says must make a VM. */
function mergeable(found: ReturnType<typeof ofOvf>) {
  const drives = Object.entries(found.disks).map(([key, volume]) => [
    key,
    [`local:0,import-from=${volume}`, found['disk-options']?.[key]].filter(Boolean).join(','),
  ]);
  const cards = Object.entries(found.net).map(([key, fields]) => [
    key,
    renderFields({ bridge: 'vmbr0', ...fields }),
  ]);
  const set = { ...found['create-args'], ...Object.fromEntries([...drives, ...cards]) } as Record<
    string,
    string
  >;
  return mergeConfigChange({}, set, [], { vmid: 100, create: true });
}

function code(work: () => unknown): string {
  try {
    work();
    return 'fine';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

describe('an appliance', () => {
  test('becomes a VM', () => {
    const found = ofOvf(ovfText());
    expect(found['create-args']).toEqual({
      ...{ name: 'web-box', ostype: 'l26', cores: 2, memory: 512, scsihw: 'virtio-scsi-single' },
      ...{ boot: 'order=scsi0', sata0: 'none,media=cdrom' },
    });
    expect(found.disks).toEqual({ scsi0: 'local:import/box.ova/box-disk1.vmdk' });
    expect(found.net).toEqual({ net0: { model: 'vmxnet3', macaddr: '00:50:56:AB:CD:01' } });
    expect(found.warnings).toEqual([{ type: 'ova-needs-extracting' }]);
    expect(found.report).toContainEqual({
      ...{ item: 'Hard disk 1', value: 'box-disk1.vmdk, 8 GiB', mapped: 1, key: 'scsi0' },
    });
    expect(mergeable(found).allocations).toMatchObject([
      { key: 'scsi0', content: { kind: 'import', from: 'local:import/box.ova/box-disk1.vmdk' } },
    ]);
  });

  test('of Windows has its disks where Windows has a driver', () => {
    const found = ofOvf(ovfText({ os: 'windows2019srv_64Guest' }));
    expect(found['create-args']).toMatchObject({ ostype: 'win10', boot: 'order=sata0' });
    expect(Object.keys(found.disks)).toEqual(['sata0']);
    expect(ofOvf(ovfText({ controller: 'ide' })).disks).toEqual({
      ide0: 'local:import/box.ova/box-disk1.vmdk',
    });
  });

  test('tells what it does not take over', () => {
    const items = [
      '<Item><rasd:ResourceType>23</rasd:ResourceType><rasd:ElementName>USB</rasd:ElementName></Item>',
      '<Item><rasd:ResourceType>21</rasd:ResourceType></Item>',
      '<vmw:Config vmw:key="firmware" vmw:value="efi"/>',
    ].join('');
    const found = ofOvf(ovfText({ items }));
    expect(found['create-args']).toMatchObject({ bios: 'ovmf' });
    expect(found.warnings.map(({ type }) => type)).toEqual([
      'efi-state-lost',
      'serial-port-socket-only',
      'ova-needs-extracting',
    ]);
    expect(found.report).toContainEqual({
      ...{ item: 'USB', mapped: 0, note: 'not taken over: add it by hand if it is needed' },
      why: [{ code: 'not-taken' }],
    });
    expect(found.report).toContainEqual({
      ...{ item: 'firmware', what: { code: 'firmware' }, value: 'efi', mapped: 1, key: 'bios' },
      note: 'its saved settings stay behind: add efidisk0 to keep new ones',
      why: [{ code: 'firmware-settings-stay' }],
    });
  });

  test.each([
    ['no image of it', { file: 'other.vmdk' }, /no such image/],
    ['a compressed image', { fileAttributes: 'ovf:compression="gzip"' }, /stored as gzip/],
  ])('with %s waits for one', (_what, wishes, note) => {
    const found = ofOvf(ovfText(wishes));
    expect(found.disks).toEqual({});
    expect(found.report.find(({ key }) => key === 'scsi0')).toMatchObject({
      mapped: 0,
      note: expect.stringMatching(note),
    });
  });

  test('keeps names as text', () => {
    const found = ofOvf(ovfText({ name: 'R&amp;D &lt;script&gt;alert(1)&lt;/script&gt; &#x41;&amp;lt;' }));
    expect(found['create-args']['name']).toBe('R-D-script-alert-1-script-A-lt');
    expect(found.report[0]?.value).toBe('R&D <script>alert(1)</script> A&lt;');
  });

  test('has the words of strangers as values of a code, on one line and not all of them', () => {
    const subtype = `<b>{model}${'x'.repeat(300)}`;
    const items = `<Item><rasd:ResourceType>10</rasd:ResourceType><rasd:ResourceSubType>${subtype
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')}</rasd:ResourceSubType></Item>`;
    const line = ofOvf(ovfText({ items })).report.find(({ what }) => what?.code === 'network-card');
    const model = line?.why?.[0]?.values?.['model'] ?? '';
    expect(line?.why?.map((one) => one.code)).toEqual(['model-unknown', 'choose-bridge']);
    expect(model).toMatch(/^<b>\{model\}x{180,}\.{3}$/);
    expect(line).toMatchObject({ item: 'network card', note: `'${model}' is not known; choose its bridge` });
  });

  test.each([
    ['nothing', '', 'invalid-input'],
    ['no XML', 'no XML', 'invalid-input'],
    ['an open element', '<Envelope>', 'invalid-input'],
    ['a wrong end', '<Envelope></Other>', 'invalid-input'],
    ['another document', '<html/>', 'invalid-input'],
    ['no VM', '<Envelope/>', 'invalid-input'],
    ['several VMs', '<Envelope><VirtualSystemCollection/></Envelope>', 'invalid-input'],
    ['an entity', '<!DOCTYPE x [<!ENTITY a "b">]><Envelope><VirtualSystem/></Envelope>', 'invalid-input'],
    ['deep nesting', `${'<a>'.repeat(100_000)}`, 'invalid-input'],
    ['too many elements', `<Envelope><VirtualSystem/>${'<a/>'.repeat(30_000)}</Envelope>`, 'invalid-input'],
    ['a VM without hardware', '<Envelope><VirtualSystem/></Envelope>', 'fine'],
  ])('a description with %s', (_what, text, expected) => {
    expect(code(() => ofOvf(text))).toBe(expected);
  });

  test.each([
    ['byte', 1],
    ['byte * 2^30', 1024 ** 3],
    ['MegaBytes', 1024 ** 2],
    ['byte*10^6', 1e6],
    ['byte * 1024', 1024],
    ['furlong', undefined],
  ])('a unit %s', (text, bytes) => {
    expect(unitBytes(text)).toBe(bytes);
  });

  test.each([
    ['byte * 2^20', 512],
    ['', 512],
    ['furlong', undefined],
  ])('memory counted in %j', (units, memory) => {
    const found = ofOvf(ovfText().replace('byte * 2^20', units));
    expect(found['create-args']['memory']).toBe(memory);
    expect(found.report.find(({ key }) => key === 'memory')?.mapped).toBe(memory === undefined ? 0 : 1);
  });

  test('whatever is written in it, the answer has the declared form or a reason', { timeout: 60_000 }, () => {
    const word = fc.oneof(
      fc.string({ maxLength: 30, unit: 'binary' }),
      fc.constantFrom(
        '<',
        '&amp;',
        '&#0;',
        '&#x110000;',
        '__proto__',
        '"',
        ']]>',
        '<![CDATA[x]]>',
        '<!--',
        '9e99',
        '-1',
      ),
    );
    const number = fc.oneof(fc.integer(), fc.bigInt({ max: 2n ** 70n }), word);
    const item = fc
      .record({
        ResourceType: fc.oneof(fc.integer({ min: 0, max: 40 }), word),
        VirtualQuantity: number,
        Parent: number,
      })
      .chain((fields) =>
        fc
          .record({ InstanceID: number, ResourceSubType: word, HostResource: word, Address: word })
          .map((more) => ({ ...fields, ...more })),
      )
      .map(
        (fields) =>
          `<Item>${Object.entries(fields)
            .map(([key, value]) => `<${key}>${value}</${key}>`)
            .join('')}</Item>`,
      );
    fc.assert(
      fc.property(word, word, word, fc.array(item, { maxLength: 12 }), (name, os, file, items) => {
        const text = ovfText({ name, os, file, items: items.join('') });
        let found: unknown;
        try {
          found = ofOvf(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: 'invalid-input' });
          return;
        }
        expect(importMetadata.safeParse(found).error).toBeUndefined();
        mergeable(found as ReturnType<typeof ofOvf>);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

describe('a configuration file', () => {
  const text = `#made by\\n#hand %C3%A9
boot: order=scsi0;net0
cores: 2
memory: 1024
name: web
net0: virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1
ide2: local:iso/debian.iso,media=cdrom,size=600M
scsi0: local-lvm:vm-100-disk-0,iothread=1,size=8G
scsi1: local-lvm:vm-100-disk-1,size=8G
scsihw: virtio-scsi-single
hostpci0: 0000:01:00.0
args: -device evil
smbios1: uuid=00000000-0000-4000-8000-000000000001
vmgenid: 00000000-0000-4000-8000-000000000002
unknown: 1

[before]
cores: 1
`;

  test('becomes a VM, its disks found by name', () => {
    const image = { name: 'vm-100-disk-0.qcow2', volume: 'import/vm-100-disk-0.qcow2', bytes: 5 };
    const found = ofConf(text, [image]);
    expect(found.disks).toEqual({ scsi0: 'local:import/vm-100-disk-0.qcow2' });
    expect(found['create-args']).toMatchObject({
      cores: 2,
      name: 'web',
      ide2: 'none,media=cdrom',
      boot: 'order=scsi0;net0',
    });
    expect(found.net).toEqual({
      net0: { model: 'virtio', macaddr: 'BC:24:11:00:00:01', bridge: 'vmbr0', firewall: '1' },
    });
    const left = found.report.filter(({ mapped }) => mapped === 0).map(({ item }) => item);
    expect(left).toEqual(['scsi1', 'hostpci0', 'args', 'vmgenid', 'unknown', 'snapshots']);
    expect(mergeable(found).config).toMatchObject({ memory: '1024' });
  });

  test('leaves out what cannot be here, and the rest makes a VM', () => {
    const found = ofConf(
      'affinity: 0-3\nballoon: 4096\ncores: 1\nmachine: virt\nmemory: 2048\nname: a b\nscsihw: pvscsi\nserial0: /dev/ttyS0\nvcpus: 8\n',
    );
    expect(found['create-args']).toEqual({ cores: 1, memory: '2048' });
    expect(found.report.filter(({ mapped }) => mapped === 0).map(({ item, note }) => [item, note])).toEqual([
      ['affinity', 'processors of another host'],
      ['balloon', expect.stringContaining('memory')],
      ['machine', expect.stringContaining('not supported')],
      ['name', expect.any(String)],
      ['scsihw', expect.stringContaining('not supported')],
      ['serial0', 'hardware of another host'],
      ['vcpus', expect.stringContaining('larger')],
    ]);
    mergeable(found);
  });

  test('has its firmware and TPM go on with what they kept, read as they wrote it', () => {
    const images = ['vm-100-disk-1.raw', 'vm-100-disk-2.raw'].map((name) => ({
      ...{ name, volume: `import/${name}`, bytes: 5 },
    }));
    const found = ofConf(
      [
        'bios: ovmf',
        'efidisk0: lvm:vm-100-disk-1,efitype=4m,pre-enrolled-keys=1,size=4M',
        'rng0: /dev/urandom',
        'tpmstate0: lvm:vm-100-disk-2,size=4M,version=v2.0',
      ].join('\n'),
      images,
    );
    expect(found.warnings).toEqual([]);
    expect(found.report.filter(({ mapped }) => mapped === 0)).toEqual([]);
    expect(mergeable(found).allocations).toMatchObject([
      { key: 'efidisk0', content: { kind: 'import' }, efiDisk: { type: '4m', preEnrolledKeys: true } },
      { key: 'tpmstate0', content: { kind: 'import' }, tpmState: { version: 'v2.0' } },
    ]);
  });

  test('whose words are those of JavaScript has a report in the declared form', () => {
    const found = ofConf('constructor: x\nboot: order=scsi0\n');
    expect(importMetadata.parse(found).report).toEqual([
      { item: 'constructor', value: 'x', mapped: 0, note: 'not known here', why: [{ code: 'key-unknown' }] },
      ...[
        { item: 'boot', value: 'order=scsi0', mapped: 0, key: 'boot', note: expect.stringMatching(/yet/) },
      ].map((line) => ({ ...line, why: [{ code: 'boot-nothing' }] })),
    ]);
  });

  test('is refused with the line that is none', () => {
    expect(() => ofConf('cores: 2\nrubbish\n')).toThrow(
      expect.objectContaining({ fields: { volume: "line 2 is not 'key: value'" } }),
    );
    expect(readConf('[PENDING]\ncores: 3\n').keys.size).toBe(0);
  });

  test('whatever is written in it, what is mapped makes a VM, or a line is said to be wrong', {
    timeout: 60_000,
  }, () => {
    const key = fc.constantFrom(
      'cores',
      'memory',
      'name',
      'scsi0',
      'net0',
      'net1',
      'boot',
      'ostype',
      'cpu',
      'vga',
      'bios',
      'tags',
      '__proto__',
      'serial0',
    );
    const value = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('2', 'virtio', 'local:1,size=1G', 'order=net0', 'host'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 10 }), (lines) => {
        const written = lines.map(([name, given]) => `${name}: ${given.replace(/[\r\n]/g, ' ')}`).join('\n');
        const outcome = code(() => {
          const found = ofConf(written);
          expect(importMetadata.safeParse(found).error).toBeUndefined();
          try {
            mergeable(found);
          } catch (error) {
            throw new Error(`${JSON.stringify(found)}: ${JSON.stringify(error)}`);
          }
        });
        expect(['fine', 'invalid-input']).toContain(outcome);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

test('a disk image is a disk of a VM', () => {
  const found = importMetadataOf('local', 'import/debian 13.qcow2', { kind: 'image' });
  expect(found).toMatchObject({ disks: { scsi0: 'local:import/debian 13.qcow2' }, format: 'image' });
  expect(found['create-args']['name']).toBe('debian-13');
});

test('a name is cut where a label still ends in a letter', () => {
  const name = vmNameOf(`${'a'.repeat(62)}-bcd.x`);
  expect(name).toBe(`${'a'.repeat(62)}.x`);
  expect(mergeConfigChange({}, { name: name! }, [], { vmid: 100, create: true }).config['name']).toBe(name);
});

test.each([
  ['/tmp/x.img', undefined],
  ['/tmp/x.constructor', /must end in/],
  ['/tmp/x', /must end in/],
  ['/tmp/../x.raw', /without/],
  ['/tmp/x\n.raw', /control characters/],
])('a file of the host %j', (path, rule) => {
  if (rule === undefined) expect(brokenPathRule(path)).toBeUndefined();
  else expect(brokenPathRule(path)).toMatch(rule);
});
