// What an image is made of: Debian's packages and npm's, as a list and as a CycloneDX 1.6 bill of materials.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { AppError } from '../server/core/errors.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** As its `package.json` has it: an SPDX expression, or other words; empty when it says nothing. */
  readonly license: string;
}

/** The installed packages of `/var/lib/dpkg/status`, by name (dpkg(1); deb822(5)). */
export function readDpkgStatus(text: string): DebianPackage[] {
  return text
    .split(/\n\n+/)
    .map((paragraph) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
      return {
        name: field('Package'),
        version: field('Version'),
        arch: field('Architecture'),
        status: field('Status'),
      };
    })
    .filter(({ name, status }) => name !== '' && status.endsWith(' ok installed'))
    .map(({ name, version, arch }) => ({ name, version, arch }))
    .sort((a, b) => compare(`${a.name} ${a.arch}`, `${b.name} ${b.arch}`));
}

/** The packages of an image's root, `<name> <version> <arch>`, a line each: its `packages.txt`. */
export function packageList(root: string): string {
  const packages = readDpkgStatus(readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8'));
  return packages.map(({ name, version, arch }) => `${name} ${version} ${arch}\n`).join('');
}

/** Reads what `packageList` made. */
export function readPackageList(text: string): DebianPackage[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [name, version, arch, more] = line.split(' ');
    if (!name || !version || !arch || more !== undefined) {
      throw new AppError('internal', `'${line}' is no line of a package list`);
    }
    return { name, version, arch };
  });
}

/**
 * The npm packages that something of went into a bundle, by esbuild's metafile, and those named in `also`: they are copied
 * instead of bundled. `root` is the folder that the metafile's paths are relative to.
 */
export function bundledPackages(
  metafile: Pick<Metafile, 'outputs'>,
  root: string,
  also: readonly string[] = [],
): NpmPackage[] {
  const folders = new Set(also.map((name) => `node_modules/${name}`));
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const path of Object.keys(inputs)) {
      // The last one: a package may have its own copy of another.
      const [folder] = /^.*(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
      if (folder) folders.add(folder);
    }
  }
  const packages = [...folders].map((folder) => readNpmPackage(join(root, folder, 'package.json')));
  const byId = new Map(packages.map((item) => [`${item.name}@${item.version}`, item]));
  return [...byId].sort(([a], [b]) => compare(a, b)).map(([, item]) => item);
}

function readNpmPackage(path: string): NpmPackage {
  const { name, version, license, licenses } = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw new AppError('invalid-input', `${path}: a package of the bundle has neither name nor version`);
  }
  // The last two forms are npm's old ones.
  const said = [license, license?.type, ...[licenses].flat().map((item) => item?.type ?? item)];
  return { name, version, license: said.find((item) => typeof item === 'string') ?? '' };
}

export interface SbomInput {
  readonly version: string;
  /** Debian's release, for the package addresses. */
  readonly suite: string;
  readonly debian: readonly DebianPackage[];
  readonly npm: readonly NpmPackage[];
  /** Seconds since the epoch. */
  readonly sourceDateEpoch: number;
}

/** A CycloneDX 1.6 document (ECMA-424). The same input gives the same text, with its serial number. */
export function renderSbom({ version, suite, debian, npm, sourceDateEpoch }: SbomInput): string {
  const components = [
    ...debian.map((item) => debianComponent(item, suite)),
    ...npm.map((item) => npmComponent(item)),
  ].sort((a, b) => compare(a.purl, b.purl));
  const product = `pkg:generic/croft@${purlPart(version)}`;
  const document = {
    metadata: {
      timestamp: new Date(sourceDateEpoch * 1000).toISOString(),
      component: { 'bom-ref': product, type: 'operating-system', name: 'croft', version, purl: product },
    },
    components,
    dependencies: [{ ref: product, dependsOn: components.map((component) => component['bom-ref']) }],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(document))}`;
  const whole = { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, version: 1, ...document };
  return `${JSON.stringify(whole, undefined, 1)}\n`;
}

function debianComponent({ name, version, arch }: DebianPackage, suite: string) {
  const purl = `pkg:deb/debian/${purlPart(name)}@${purlPart(version)}?arch=${purlPart(arch)}&distro=${purlPart(suite)}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
}

function npmComponent({ name, version, license }: NpmPackage) {
  const purl = `pkg:npm/${name.split('/').map(purlPart).join('/')}@${purlPart(version)}`;
  const licenses = license === '' ? {} : { licenses: [licenseOf(license)] };
  return { 'bom-ref': purl, type: 'library', name, version, purl, ...licenses };
}

/** A word that only looks like SPDX may stand as an expression: the schema checks `license.id`, not this. */
function licenseOf(license: string): object {
  const spdx = /^\(*[A-Za-z0-9.+-]+\)*( (AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*$/;
  return spdx.test(license) && license !== 'UNLICENSED'
    ? { expression: license }
    : { license: { name: license } };
}

/** Percent-encoding of package URLs: as in URIs, but a colon stays (purl-spec, ECMA-427). */
function purlPart(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}

/** A name-based UUID in the form of version 8 (RFC 9562), from SHA-256. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

/** By code units: the order must not depend on the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
