// Lists of contents: from dpkg's status, from a bundle, and as a bill of materials.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bundledPackages, packageList, readDpkgStatus, readPackageList, renderSbom } from './sbom.ts';

const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const status = `Package: zstd
Status: install ok installed
Architecture: amd64
Version: 1.5.7+dfsg-1
Description: fast compression
 Version: of the description, not of the package

Package: old
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: adduser
Status: install ok installed
Architecture: all
Multi-Arch: foreign
Version: 3.152

Package: held
Status: hold ok installed
Architecture: amd64
Version: 2:9.1.1230-2
`;

describe("Debian's packages", () => {
  it('are those that are installed, by name', () => {
    write('var/lib/dpkg/status', status);
    const list = packageList(folder);
    expect(list).toBe('adduser 3.152 all\nheld 2:9.1.1230-2 amd64\nzstd 1.5.7+dfsg-1 amd64\n');
    expect(readPackageList(list)).toEqual(readDpkgStatus(status));
  });

  it('a line that is none is an error', () => {
    expect(() => readPackageList('adduser 3.152\n')).toThrow("'adduser 3.152' is no line");
  });
});

describe('npm packages', () => {
  it('are those of which something is in the outputs, each version once, and those named', () => {
    const packages = {
      'node_modules/hono': { name: 'hono', version: '4.13.19', license: 'MIT' },
      'node_modules/@hono/node-server': { name: '@hono/node-server', version: '2.1.8', license: 'MIT' },
      'node_modules/a/node_modules/b': { name: 'b', version: '1.0.0', license: { type: 'ISC' } },
      'node_modules/b': { name: 'b', version: '2.0.0', licenses: [{ type: 'BSD-3-Clause' }] },
      'node_modules/native': { name: 'native', version: '3.0.0' },
      'node_modules/unused': { name: 'unused', version: '1.0.0', license: 'MIT' },
    };
    for (const [path, json] of Object.entries(packages)) write(`${path}/package.json`, JSON.stringify(json));
    const inputs = Object.fromEntries(
      [
        'server/main.ts',
        'node_modules/hono/dist/index.js',
        'node_modules/hono/dist/router.js',
        'node_modules/@hono/node-server/dist/index.mjs',
        'node_modules/a/node_modules/b/index.js',
        'node_modules/b/index.js',
      ].map((path) => [path, { bytesInOutput: 1 }]),
    );
    const output = { inputs, bytes: 1, imports: [], exports: [] };
    expect(bundledPackages({ outputs: { 'a.js': output, 'b.js': output } }, folder, ['native'])).toEqual([
      { name: '@hono/node-server', version: '2.1.8', license: 'MIT' },
      { name: 'b', version: '1.0.0', license: 'ISC' },
      { name: 'b', version: '2.0.0', license: 'BSD-3-Clause' },
      { name: 'hono', version: '4.13.19', license: 'MIT' },
      { name: 'native', version: '3.0.0', license: '' },
    ]);
  });
});

describe('the bill of materials', () => {
  const input = {
    version: '1.2.3',
    suite: 'trixie',
    debian: [
      { name: 'libstdc++6', version: '14.2.0-19', arch: 'amd64' },
      { name: 'vim-tiny', version: '2:9.1.1230-2~deb13u1', arch: 'amd64' },
    ],
    npm: [
      { name: '@hono/node-server', version: '2.1.8', license: 'MIT' },
      { name: 'two', version: '1.0.0', license: '(MIT OR Apache-2.0)' },
      { name: 'words', version: '1.0.0', license: 'SEE LICENSE IN LICENSE.md' },
      { name: 'silent', version: '1.0.0', license: '' },
    ],
    sourceDateEpoch: 1_790_000_000,
  };
  /** The part of the CycloneDX 1.6 schema that we use. */
  const license = z.union([
    z.strictObject({ expression: z.string() }),
    z.strictObject({ license: z.strictObject({ name: z.string() }) }),
  ]);
  const component = z.strictObject({
    'bom-ref': z.string().min(1),
    type: z.enum(['library', 'operating-system']),
    name: z.string(),
    version: z.string(),
    purl: z.string().startsWith('pkg:'),
    licenses: z.array(license).length(1).optional(),
  });
  const schema = z.strictObject({
    bomFormat: z.literal('CycloneDX'),
    specVersion: z.literal('1.6'),
    serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    version: z.literal(1),
    metadata: z.strictObject({ timestamp: z.iso.datetime(), component }),
    components: z.array(component),
    dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
  });
  const read = (text: string) => schema.parse(JSON.parse(text));

  it('has the form of CycloneDX 1.6, with package addresses that scanners know', () => {
    const { components, metadata } = read(renderSbom(input));
    expect(metadata.timestamp).toBe('2026-09-21T14:13:20.000Z');
    expect(components.map(({ purl }) => purl)).toEqual([
      'pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=trixie',
      'pkg:deb/debian/vim-tiny@2:9.1.1230-2~deb13u1?arch=amd64&distro=trixie',
      'pkg:npm/%40hono/node-server@2.1.8',
      'pkg:npm/silent@1.0.0',
      'pkg:npm/two@1.0.0',
      'pkg:npm/words@1.0.0',
    ]);
    const licenses = Object.fromEntries(components.map((item) => [item.name, item.licenses?.[0]]));
    expect(licenses).toMatchObject({
      '@hono/node-server': { expression: 'MIT' },
      two: { expression: '(MIT OR Apache-2.0)' },
      words: { license: { name: 'SEE LICENSE IN LICENSE.md' } },
    });
    expect(licenses['silent']).toBeUndefined();
  });

  it('names everything once and points to nothing that is not there', () => {
    const { components, dependencies, metadata } = read(renderSbom(input));
    const refs = components.map((item) => item['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    expect(dependencies).toEqual([{ ref: metadata.component['bom-ref'], dependsOn: refs }]);
  });

  it('is the same for the same input in any order, and has another number for another', () => {
    const text = renderSbom(input);
    const turned = { ...input, debian: input.debian.toReversed(), npm: input.npm.toReversed() };
    expect(renderSbom(turned)).toBe(text);
    const other = renderSbom({ ...input, debian: [{ name: 'nano', version: '8', arch: 'amd64' }] });
    expect(read(other).serialNumber).not.toBe(read(text).serialNumber);
  });
});
