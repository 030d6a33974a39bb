import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsOf } from './params.ts';
import { brokenFormat } from './property-formats.ts';
import {
  type PropertyCodec,
  type PropertyKeySpec,
  propertyCodec,
  propertyString,
} from './property-string.ts';
import * as diskStrings from './qemu-disk-strings.ts';
import * as strings from './qemu-strings.ts';

const byFormat: Record<string, fc.Arbitrary<string>> = {
  'mac-addr': fc
    .tuple(
      fc.integer({ min: 0, max: 127 }),
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 5, maxLength: 5 }),
    )
    .map(([first, rest]) =>
      [first * 2, ...rest].map((b) => b.toString(16).padStart(2, '0').toUpperCase()).join(':'),
    ),
  'pve-bridge-id': fc.stringMatching(/^[a-z][a-z0-9_.-]{0,14}$/),
  'pve-configid': fc.stringMatching(/^[a-z][a-z0-9_-]{1,20}$/),
  urlencoded: fc
    .string({ maxLength: 6 })
    .map((text) => encodeURIComponent(text.toWellFormed()))
    .filter((t) => t !== ''),
  'pve-volume-id': fc.stringMatching(/^[a-z]{2,8}:[0-9]{3}\/[!-+\--~]{1,20}$/),
  'pve-volume-id-or-qm-path': fc.oneof(
    fc.constantFrom('none', 'cdrom', 'local:32', 'local:iso/a=b.iso', 'none'),
    fc.stringMatching(/^[a-z]{2,8}:[!-+\--~]{1,20}$/),
    fc.stringMatching(/^\/[!-+\--~]{1,20}$/),
  ),
  'pve-volume-id-or-absolute-path': fc.stringMatching(/^\/[!-+\--~]{1,20}$/),
};

function valueArbitrary(spec: PropertyKeySpec): fc.Arbitrary<unknown> {
  switch (spec.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: spec.minimum ?? -1000, max: spec.maximum ?? 2 ** 40 });
    case 'number':
      return fc
        .integer({ min: (spec.minimum ?? -1000) * 100, max: (spec.maximum ?? 10_000) * 100 })
        .map((hundredths) => hundredths / 100);
    case 'size':
      return fc.integer({ min: 0, max: 2 ** 50 });
    case 'choice':
      return fc.constantFrom(...spec.enum);
    case 'text': {
      if (spec.format !== undefined)
        return byFormat[spec.format]!.filter((t) => t.length <= (spec.maxLength ?? 1e6));
      const regex = spec.regex ?? new RegExp(`^(?:${spec.pattern})$`);
      return fc
        .stringMatching(regex)
        .filter(
          (t) =>
            t !== '' && t === t.trim() && !/[\x00-\x1f\x7f,]/.test(t) && t.length <= (spec.maxLength ?? 1e6),
        );
    }
    case 'alias':
      throw new Error('an alias has no value');
  }
}

function valuesArbitrary(codec: PropertyCodec): fc.Arbitrary<Record<string, unknown>> {
  const real = Object.entries(codec.schema).filter(([, spec]) => spec.type !== 'alias');
  const model = Object.fromEntries(real.map(([key, spec]) => [key, valueArbitrary(spec)]));
  const requiredKeys = real.filter(([, spec]) => spec.type !== 'alias' && !spec.optional).map(([key]) => key);
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}

const codecs = Object.entries({ ...strings, ...diskStrings }).filter(
  (entry): entry is [string, never] => typeof entry[1] === 'object' && 'parse' in entry[1],
) as unknown as [string, PropertyCodec][];

describe('every declared schema', () => {
  test('they are all here', () => {
    expect(codecs.map(([name]) => name)).toContain('netString');
    expect(codecs.length).toBeGreaterThanOrEqual(22);
  });

  test.each(codecs)(
    '%s: what is rendered reads back the same, and renders the same again',
    (_name, codec) => {
      fc.assert(
        fc.property(valuesArbitrary(codec), (values) => {
          const text = codec.render(values as never);
          expect(codec.parse(text)).toEqual({ ok: true, value: values });
          expect(codec.render(values as never)).toBe(text);
        }),
        { numRuns: 60 },
      );
    },
  );

  test.each(codecs)('%s: no text makes it throw', (_name, codec) => {
    const keys = Object.keys(codec.schema);
    const piece = fc.tuple(fc.constantFrom(...keys, '__proto__', 'constructor', ''), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const parsed = codec.parse(pieces.map(([key, value]) => `${key}=${value}`).join(','));
        expect(typeof parsed.ok).toBe('boolean');
      }),
      { numRuns: 60 },
    );
  });
});

describe('network cards', () => {
  const { netString } = strings;

  test('the model as a key means model and MAC', () => {
    const parsed = netString.parse('virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1');
    expect(parsed).toEqual({
      ok: true,
      value: { model: 'virtio', macaddr: 'BC:24:11:00:00:01', bridge: 'vmbr0', firewall: true },
    });
  });

  test.each([
    ['bridge=vmbr0,virtio', 'virtio,bridge=vmbr0'],
    ['model=e1000,macaddr=BC:24:11:00:00:01', 'e1000=BC:24:11:00:00:01'],
    ['firewall=on,virtio,link_down=no', 'virtio,firewall=1,link_down=0'],
  ])('%s is %s', (given, canonical) => {
    const parsed = netString.parse(given);
    expect(parsed.ok && netString.render(parsed.value)).toBe(canonical);
  });

  test.each([
    ['virtio,bridge=vmbr0,brigde=x', /brigde/],
    ['bridge=vmbr0', /'model' is missing/],
    ['virtio=BC:24:11:00:00:01,model=e1000', /'model' is given twice/],
    ['virtio,tag=4095', /tag: must be at most 4094/],
    ['virtio=zz', /macaddr: not a MAC address/],
    ['virtio=01:00:5E:00:00:01', /multicast/],
    ['virtio,firewall=maybe', /firewall: write 0 or 1/],
    ['virtio,queues=1.5', /queues: must be a whole number/],
    ['virtio,bridge=', /bridge: has no value/],
    ['virtio,__proto__=1', /__proto__/],
  ])('%s is refused', (text, error) => {
    const parsed = netString.parse(text);
    expect(parsed).toMatchObject({ ok: false, error: expect.stringMatching(error) });
  });
});

describe('drives', () => {
  const { scsiString } = diskStrings;

  test('sizes are bytes', () => {
    const parsed = scsiString.parse('local:100/vm-100-disk-0.qcow2,size=32G,discard=on');
    expect(parsed).toEqual({
      ok: true,
      value: { file: 'local:100/vm-100-disk-0.qcow2', size: 32 * 1024 ** 3, discard: 'on' },
    });
    expect(parsed.ok && scsiString.render(parsed.value)).toBe(
      'local:100/vm-100-disk-0.qcow2,discard=on,size=32G',
    );
  });

  test('a value of the default key may hold an equals sign', () => {
    expect(scsiString.parse('local:iso/a=b.iso')).toEqual({ ok: true, value: { file: 'local:iso/a=b.iso' } });
  });

  test('volume is another name of file, and both are one too many', () => {
    expect(scsiString.parse('volume=local:8')).toEqual({ ok: true, value: { file: 'local:8' } });
    expect(scsiString.parse('local:8,volume=local:9')).toMatchObject({ ok: false });
  });
});

describe('as a parameter', () => {
  const schema = propertyString(strings.agentString);

  test('the text stays as it was given', () => {
    expect(schema.parse('enabled=1,fstrim_cloned_disks=on')).toBe('enabled=1,fstrim_cloned_disks=on');
    expect(schema.parse(1)).toBe('1');
  });

  test('a broken one names the key', () => {
    expect(schema.safeParse('1,type=usb').error?.issues[0]?.message).toMatch(/^type: must be one of/);
  });

  test('the facts are in the published shape', () => {
    expect(factsOf(schema)).toEqual({
      type: 'string',
      format: {
        enabled: { type: 'boolean', default: 0, default_key: 1 },
        'freeze-fs': { type: 'boolean', optional: 1, default: 1 },
        'freeze-fs-on-backup': { alias: 'freeze-fs' },
        fstrim_cloned_disks: { type: 'boolean', optional: 1, default: 0 },
        'guest-fsfreeze': { alias: 'freeze-fs' },
        type: { optional: 1, enum: ['virtio', 'isa'], default: 'virtio' },
      },
    });
    expect(factsOf(propertyString(strings.cpuString, { format: 'pve-vm-cpu-conf' }))?.format).toBe(
      'pve-vm-cpu-conf',
    );
  });
});

test('a schema without default key wants keys everywhere', () => {
  const codec = propertyCodec({ size: { type: 'integer' } });
  expect(codec.parse('4')).toEqual({ ok: false, error: "'4' is not of the form key=value" });
});

describe('formats', () => {
  test.each([
    ['dns-name', 'web-1.example.org', true],
    ['dns-name', 'web_1', false],
    ['dns-name', '-web', false],
    ['pve-tag-list', 'a;b,c d', true],
    ['pve-tag-list', 'a;<b>', false],
    ['pve-hotplug-features', 'network,disk,usb', true],
    ['pve-hotplug-features', '0', true],
    ['pve-hotplug-features', '1,disk', false],
    ['pve-hotplug-features', 'floppy', false],
    ['pve-volume-id', 'local:../../etc', true],
    ['pve-volume-id', 'local', false],
  ])('%s: %s', (format, text, good) => {
    expect(brokenFormat(format, text) === undefined).toBe(good);
  });
});
