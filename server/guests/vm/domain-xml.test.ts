import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { VmConfig } from '../config/config-keys.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import type { VmModel } from '../config/vm-model.ts';
import { type DomainHost, debianFirmware } from './domain-host.ts';
import { metadataNamespace, renderDomainXml } from './domain-xml.ts';
import { everyBus, goldens, usual } from './domain-xml-cases.ts';
import { renderScsiControllerXml } from './domain-xml-devices.ts';
import { drivePlacements, renderDiskXml, targetName } from './domain-xml-disks.ts';
import { renderInterfaceXml, tapName } from './domain-xml-nics.ts';
import { firmwareDeviceOf, firmwareFor } from './domain-xml-system.ts';

const folder = join(import.meta.dirname, 'testdata');
/** Set to 1 to write the golden files anew; then read the difference. */
const regenerate = process.env['CROFT_WRITE_GOLDEN'] === '1';

const read = (config: VmConfig) => readVmConfig({ vmid: 100, config });

/** Every volume as the file that a directory storage would give. */
function attach(model: VmModel): Map<string, Attachment> {
  const volumes = model.drives.map((drive) => [drive.key, drive.volume] as const);
  return new Map(
    [
      ...volumes,
      ['efidisk0', model.efiDisk?.volume] as const,
      ['tpmstate0', model.tpmState?.volume] as const,
    ].flatMap(([key, volume]) => {
      if (volume === undefined) return [];
      const path = `/var/lib/croft/storage/${volume.split(':')[1]}`;
      const format = path.endsWith('.iso') ? 'iso' : path.endsWith('.qcow2') ? 'qcow2' : 'raw';
      return [[key, { kind: 'file', path, format }]];
    }),
  );
}

function hostFor(model: VmModel, accelerator: 'kvm' | 'tcg', more: Partial<DomainHost> = {}): DomainHost {
  return {
    accelerator,
    domainName: 'croft-100',
    uuid: 'c40f0000-0000-4000-8000-000000000064',
    runtimeDir: '/run/croft/guests/100',
    attachments: attach(model),
    bridges: new Map(model.nics.flatMap((nic) => (nic.bridge ? [[nic.key, nic.bridge]] : []))),
    firmware: debianFirmware,
    ...more,
  };
}

const render = (config: VmConfig, accelerator: 'kvm' | 'tcg' = 'tcg', more: Partial<DomainHost> = {}) => {
  const model = read(config);
  return renderDomainXml(model, hostFor(model, accelerator, more));
};

describe('golden files', () => {
  test.each(Object.entries(goldens))('%s', (name, [config, accelerator]) => {
    const path = join(folder, `${name}.xml`);
    const xml = render(config, accelerator);
    if (regenerate) writeFileSync(path, xml);
    expect(xml).toBe(readFileSync(path, 'utf8'));
  });

  test('there is no other file', () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(goldens)
        .map((name) => `${name}.xml`)
        .sort(),
    );
  });

  const schemas = '/usr/share/libvirt/schemas/domain.rng';
  const validator = '/usr/bin/virt-xml-validate';
  const absent = [schemas, validator, '/usr/bin/xmllint'].filter((file) => !existsSync(file));
  if (absent.length > 0)
    process.stderr.write(`domain XML is not validated: ${absent.join(', ')} is missing\n`);
  const why = absent.length > 0 ? ` (skipped: ${absent.join(', ')} is missing)` : '';
  test.skipIf(absent.length > 0)(
    `they hold to libvirt's schema${why}`,
    () => {
      for (const name of Object.keys(goldens))
        execFileSync(validator, [join(folder, `${name}.xml`), 'domain'], { stdio: 'pipe' });
    },
    30_000,
  );
});

/** What a parser finds, wherever it stands: the names of all elements. */
function elementNames(node: unknown, names: string[] = []): string[] {
  if (Array.isArray(node)) for (const item of node) elementNames(item, names);
  else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      if (key.startsWith('@_') || key === '#text') continue;
      for (let i = 0; i < (Array.isArray(value) ? value.length : 1); i += 1) names.push(key);
      elementNames(value, names);
    }
  }
  return names;
}

const parser = new XMLParser({ ignoreAttributes: false, trimValues: false, htmlEntities: true });

describe('hostile text', () => {
  const evil = `"'><disk type='block'/>&lt;]]>&#0;<!--`;
  const base64 = Buffer.from(evil).toString('base64');
  const config: VmConfig = {
    scsi0: 'local:100/a.qcow2,serial=%3C%2Fserial%3E%3Cdisk%2F%3E%26',
    net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
    serial0: 'socket',
    smbios1: `base64=1,manufacturer=${base64},serial=${base64}`,
  };
  const model = read(config);
  const plain = read({ ...config, scsi0: 'local:100/a.qcow2,serial=x', smbios1: 'manufacturer=x,serial=x' });
  const xml = renderDomainXml(model, {
    ...hostFor(model, 'tcg'),
    domainName: `croft${evil}`,
    runtimeDir: `/run/${evil}`,
    attachments: new Map([['scsi0', { kind: 'file', path: `/srv/${evil}`, format: 'raw' }]]),
    bridges: new Map([['net0', evil]]),
  });

  test('adds no element', () => {
    expect(XMLValidator.validate(xml)).toBe(true);
    const harmless = renderDomainXml(plain, hostFor(plain, 'tcg'));
    expect(elementNames(parser.parse(xml)).sort()).toEqual(elementNames(parser.parse(harmless)).sort());
  });

  test('comes out of a parser as it went in', () => {
    const { domain } = parser.parse(xml) as {
      domain: {
        name: string;
        sysinfo: { system: { entry: { '#text': string }[] } };
        devices: { disk: { source: { '@_file': string }; serial: string } };
      };
    };
    expect(domain.devices.disk.serial).toBe('</serial><disk/>&');
    expect(domain.devices.disk.source['@_file']).toBe(`/srv/${evil}`);
    expect(domain.sysinfo.system.entry[0]?.['#text']).toBe(evil);
  });

  test('that XML cannot hold is refused', () => {
    const smbios1 = `base64=1,product=${Buffer.from('a\u0000b').toString('base64')}`;
    expect(() => render({ smbios1 })).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});

describe('what the host cannot give', () => {
  test('a bridge that is not there', () => {
    expect(() => render(usual, 'tcg', { bridges: new Map() })).toThrow(
      expect.objectContaining({ code: 'unavailable', message: expect.stringContaining('vmbr0') }),
    );
  });
  test('a machine that QEMU does not have', () => {
    const machines = new Set(['pc', 'q35', 'pc-i440fx-7.2']);
    expect(() => render({ machine: 'pc-q35-99.0' }, 'tcg', { machines })).toThrow(
      expect.objectContaining({ code: 'unsupported', fields: { machine: expect.any(String) } }),
    );
    expect(render({ machine: 'pc-i440fx-7.2+pve0.pxe' }, 'tcg', { machines })).toContain(
      'machine="pc-i440fx-7.2"',
    );
    expect(render({ machine: 'pc-7.2' }, 'tcg', { machines })).toContain('machine="pc-i440fx-7.2"');
  });
  test('a volume that was not attached', () => {
    expect(() => render(usual, 'tcg', { attachments: new Map() })).toThrow(
      expect.objectContaining({ code: 'internal' }),
    );
  });
  test('firmware variables in an image', () => {
    const config: VmConfig = { bios: 'ovmf', efidisk0: 'local:100/vars.qcow2,efitype=4m' };
    expect(() => render(config)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    const onDevice: Attachment = { kind: 'block', path: '/dev/vg/vars', format: 'qcow2' };
    const attachments = new Map([['efidisk0', onDevice]]);
    expect(() => render(config, 'tcg', { attachments })).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });
});

test('firmware variables on a device have the size of their chip', () => {
  const config: VmConfig = { bios: 'ovmf', efidisk0: 'lvm:vm-100-disk-0,efitype=4m' };
  const attachments = new Map<string, Attachment>([['efidisk0', { kind: 'block', path: '/dev/vg/vars' }]]);
  expect(render(config, 'tcg', { attachments })).toContain('<source dev="/dev/croft-100-efivars"/>');
  const host = { attachments, domainName: 'croft-100' };
  const at = { path: '/dev/vg/vars', link: '/dev/croft-100-efivars' };
  expect(firmwareDeviceOf(read(config), host)).toEqual({ ...at, sizeBytes: 540_672 });
  expect(firmwareDeviceOf(read({ ...config, efidisk0: 'lvm:vm-100-disk-0' }), host)?.sizeBytes).toBe(131_072);
  expect(firmwareDeviceOf(read({ efidisk0: 'lvm:a' }), host)).toBeUndefined();
});

describe('parts for a running VM', () => {
  const model = read({ ...everyBus, scsihw: 'virtio-scsi-single', net2: 'e1000=BC:24:11:00:00:09' });

  test('every drive has a name of its own', () => {
    const names = [
      ...Array.from({ length: 31 }, (_, index) => targetName({ bus: 'scsi', index })),
      ...Array.from({ length: 6 }, (_, index) => targetName({ bus: 'sata', index })),
    ];
    expect(new Set(names).size).toBe(37);
    expect(names.slice(0, 2)).toEqual(['sda', 'sdb']);
    expect(targetName({ bus: 'scsi', index: 30 })).toBe('sdae');
  });

  test('with virtio-scsi-single each drive has its controller, without gaps', () => {
    const placements = drivePlacements(model);
    expect([placements.get('scsi0')?.controller, placements.get('scsi9')?.controller]).toEqual([0, 1]);
  });

  test('a drive is plugged where the caller found room', () => {
    const xml = renderDiskXml(model, 'scsi9', hostFor(model, 'tcg'), { controller: 4, iothread: undefined });
    expect(xml).toContain('<address type="drive" controller="4" bus="0" target="0" unit="9"/>');
    expect(renderScsiControllerXml(model, 4).trim()).toBe(
      '<controller type="scsi" index="4" model="virtio-scsi"/>',
    );
  });

  test('a linked clone opens the bases that its storage names, and the last of them opens nothing', () => {
    const model = read({ scsi0: 'local:200/vm-200-disk-0.qcow2' });
    const backing = [
      { path: '/srv/images/101/base-101-disk-0.qcow2', format: 'qcow2' },
      { path: '/srv/images/100/base-100-disk-0.raw', format: 'raw' },
    ] as const;
    const path = '/srv/images/200/vm-200-disk-0.qcow2';
    const linked: Attachment = { kind: 'file', path, format: 'qcow2', backing };
    const xml = renderDiskXml(model, 'scsi0', { attachments: new Map([['scsi0', linked]]) });
    expect(xml.replaceAll(/>\s+</g, '><')).toContain(
      `<source file="${path}"/>` +
        `<backingStore type="file"><format type="qcow2"/><source file="${backing[0].path}"/>` +
        `<backingStore type="file"><format type="raw"/><source file="${backing[1].path}"/>` +
        '<backingStore/></backingStore></backingStore>',
    );
  });

  test('an image on a device, with images on devices below it', () => {
    const backing = [{ path: '/dev/vg/snap', format: 'qcow2', device: true }] as const;
    const chained: Attachment = { kind: 'block', path: '/dev/vg/top', format: 'qcow2', backing };
    const xml = renderDiskXml(model, 'scsi0', { attachments: new Map([['scsi0', chained]]) });
    expect(xml).toContain('<disk type="block"');
    expect(xml).toContain('<driver name="qemu" type="qcow2"');
    expect(xml.replaceAll(/>\s+</g, '><')).toContain(
      '<source dev="/dev/vg/top"/><backingStore type="block"><format type="qcow2"/>' +
        '<source dev="/dev/vg/snap"/><backingStore/></backingStore>',
    );
  });

  test('block devices and network images', () => {
    const block = new Map<string, Attachment>([['ide0', { kind: 'block', path: '/dev/vg/x' }]]);
    expect(renderDiskXml(model, 'ide0', { attachments: block })).toContain('<source dev="/dev/vg/x"/>');
    const network = new Map<string, Attachment>([
      ['ide0', { kind: 'network', protocol: 'gluster', name: 'v/x', hosts: ['a:24007', '[fe80::1]:24007'] }],
    ]);
    const xml = renderDiskXml(model, 'ide0', { attachments: network });
    expect(xml).toContain('<host name="a" port="24007"/>');
    expect(xml).toContain('<host name="fe80::1" port="24007"/>');
  });

  test('a card without a bridge hangs on nothing', () => {
    const xml = renderInterfaceXml(model, 'net2', { bridges: new Map() });
    expect(xml).toContain('<interface type="ethernet">');
    expect(xml).not.toContain('<source');
  });

  test("the longest name of a card's end fits the kernel's 15 bytes", () => {
    expect(tapName(999_999_999, 31).length).toBeLessThanOrEqual(15);
  });
});

test('the metadata namespace never changes', () => {
  expect(metadataNamespace).toBe('urn:croft:guest:1');
});

test.each([
  [{ bios: 'ovmf' }, 'code4m', 'vars4m', false],
  [{ efidisk0: 'local:a' }, 'code2m', 'vars2m', false],
  [{ efidisk0: 'local:a,efitype=4m' }, 'code4m', 'vars4m', false],
  [{ efidisk0: 'local:a,efitype=4m,pre-enrolled-keys=1' }, 'code4m', 'vars4mEnrolled', false],
  [
    { efidisk0: 'local:a,efitype=4m,pre-enrolled-keys=1', machine: 'q35' },
    'code4mSecure',
    'vars4mEnrolled',
    true,
  ],
] as const)('%j runs the firmware %s with %s', (config, code, variables, secure) => {
  const names = Object.fromEntries(Object.keys(debianFirmware).map((key) => [key, key]));
  const firmware = names as unknown as typeof debianFirmware;
  expect(firmwareFor(read(config as VmConfig), firmware)).toEqual({ code, variables, secure });
});
