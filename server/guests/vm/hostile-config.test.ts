// Every key of a configuration with hostile values: refused by its name, or rendered to XML that holds nothing but what is ours.

import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { vmOptions } from '../../contract/qemu-options.ts';
import { AppError } from '../../core/errors.ts';
import { fullConfig } from '../config/config-fixture.ts';
import type { ConfigInput, VmConfig } from '../config/config-keys.ts';
import { splitDeviceKey } from '../config/config-keys.ts';
import { completeConfig, mergeConfigChange } from '../config/merge-config-change.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import { debianFirmware } from './domain-host.ts';
import { renderDomainXml } from './domain-xml.ts';
import { goldens } from './domain-xml-cases.ts';

const parser = new XMLParser({ ignoreAttributes: false, trimValues: false, htmlEntities: true });
const evil = 'croftevil';
const uuid = '0f4c6b9a-1111-4222-8333-444455556666';
const generate = { mac: () => 'BC:24:11:0A:0B:0C', uuid: () => uuid };

/** Names of all elements and attributes. */
function namesIn(node: unknown, names = new Set<string>()): Set<string> {
  if (Array.isArray(node)) for (const item of node) namesIn(item, names);
  else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      names.add(key);
      namesIn(value, names);
    }
  }
  return names;
}

function xmlOf(config: VmConfig): string {
  const model = readVmConfig({ vmid: 100, config });
  const keys = [...model.drives.map(({ key }) => key), 'efidisk0', 'tpmstate0'];
  const attachments = new Map(
    keys.map((key): [string, Attachment] => [key, { kind: 'file', path: `/srv/${key}.raw`, format: 'raw' }]),
  );
  return renderDomainXml(model, {
    accelerator: 'kvm',
    domainName: 'croft-100',
    uuid,
    runtimeDir: '/run/croft/guests/100',
    attachments,
    bridges: new Map(model.nics.flatMap(({ key, bridge }) => (bridge ? [[key, bridge]] : []))),
    firmware: debianFirmware,
  });
}

/** What our own configurations are rendered to, and what no golden happens to have. */
const known = new Set([
  'iothreadpin',
  'backenddomain',
  'rate',
  'genid',
  'wwn',
  'vendor',
  'product',
  '@_vram',
  '@_vgamem',
]);
for (const [config] of [...Object.values(goldens), [{ ...fullConfig, kvm: 1 } as VmConfig]])
  namesIn(parser.parse(xmlOf(config)), known);

/** Refused by the key's name, or harmless; answers which. */
function outcome(key: string, value: ConfigInput): 'refused' | 'harmless' {
  let config: VmConfig;
  try {
    const change = mergeConfigChange({}, { [key]: value }, [], { vmid: 100, create: true, generate });
    const volumes = change.allocations.map((plan): [string, { volume: string; sizeBytes: number }] => [
      plan.key,
      { volume: `local:100/vm-100-${plan.key}.raw`, sizeBytes: 4096 },
    ]);
    config = completeConfig(change, new Map(volumes));
  } catch (error) {
    if (!(error instanceof AppError) || !['invalid-input', 'unsupported'].includes(error.code)) throw error;
    const named = key === 'cdrom' ? 'ide2' : key;
    // A wrong boot order is named by `boot`, whoever brought it about.
    const fields = Object.keys(error.fields ?? {});
    expect(fields.length, `${key}: ${error.message}`).toBeGreaterThan(0);
    expect(
      [named, key, 'boot', 'numa0', 'vga'].some((name) => fields.includes(name)),
      fields.join(),
    ).toBe(true);
    return 'refused';
  }
  const xml = xmlOf(config);
  expect(XMLValidator.validate(xml)).toBe(true);
  const strange = [...namesIn(parser.parse(xml))].filter((name) => !known.has(name));
  expect(strange).toEqual([]);
  expect(xml).not.toContain(`<${evil}`);
  return 'harmless';
}

const hostile: readonly string[] = [
  `</name><${evil}/><name>`,
  `"/><${evil} a="`,
  `'><${evil}/>`,
  `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/shadow">]>&b;`,
  `]]><${evil}/><![CDATA[`,
  `<!--${evil}-->`,
  '&#x3c;croftevil/&#x3e;',
  'a\nscsi0: /dev/sda',
  'a\r\nb',
  'a\u0000b',
  '\ud800',
  '\uffff',
  '../../../etc/shadow',
  '/etc/shadow',
  'file:///etc/shadow',
  'local:../../../../etc/shadow',
  'local:100/../../../etc/shadow.raw',
  `local:100/vm-100-disk-0.raw"/><${evil}/>`,
  'json:{"driver":"file"}',
  '%00',
  '%0a%01',
  '%ff',
  '%3C/serial%3E%3Ccroftevil/%3E',
  Buffer.from('a\u0000b').toString('base64'),
  Buffer.from(`</entry><${evil}/>`).toString('base64'),
  '$(reboot)',
  '; reboot #',
  '%s%n%x',
  '{{7*7}}',
  '__proto__',
  '-1',
  '1e309',
  'NaN',
  '99999999999999999999',
  '\u202e',
  ' ',
  '',
];
/** One of each kind: `scsi3` stands for all of its bus. */
const keys = Object.keys(vmOptions).filter((key) => (splitDeviceKey(key)?.index ?? 0) === 0);

describe('hostile values of every key', () => {
  test.each(keys)('%s', (key) => {
    for (const value of hostile) outcome(key, value);
  });

  test.each(keys)('%s in its parts', (key) => {
    const usual = String(fullConfig[key] ?? fullConfig[`${splitDeviceKey(key)?.base}1`] ?? 'a,b=c');
    const parts = usual.split(',');
    for (const at of parts.keys()) {
      for (const value of hostile.filter((text) => !text.includes(','))) {
        const [name, old] = parts[at]!.split('=');
        const part = old === undefined ? value : `${name}=${value}`;
        outcome(key, parts.with(at, part).join(','));
      }
    }
  });

  test('10 MB are refused at once', () => {
    const large = ['a', '<', '0,', 'a=b,', '1;'].map((text) => text.repeat((10 * 1024 * 1024) / text.length));
    for (const key of keys) for (const value of large) expect(outcome(key, value), key).toBe('refused');
  });

  test('and whatever else comes to mind', { timeout: 60_000 }, () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'<>&"\'/=,;:.-\\ \n\u0000a1'.split('')) }),
      fc.tuple(fc.constantFrom(...hostile), fc.string()).map(([first, then]) => first + then),
    );
    fc.assert(
      fc.property(fc.constantFrom(...keys), text, (key, value) => {
        outcome(key, value);
      }),
      { numRuns: 500 },
    );
  });

  test('there is no key by another name', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        fc.pre(!Object.hasOwn(vmOptions, key));
        expect(() =>
          mergeConfigChange({}, { [key]: '1' }, [], { vmid: 100, create: true, generate }),
        ).toThrow(expect.objectContaining({ code: 'invalid-input' }));
      }),
    );
  });
});
