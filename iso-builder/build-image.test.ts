// A whole build with stand-ins for the heavy steps: what is handed over, what is cached, what the command line says.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exec } from '../server/core/exec.ts';
import { isSignedBy, publicKeyOf } from '../server/core/signature.ts';
import { quietContext } from '../server/core/work-context.ts';
import { type BuildCliWorld, runBuildCli } from './build-cli.ts';
import { fakeImageSteps, writingStep } from './build-fixture.ts';
import { type BuildWorld, buildImage } from './build-image.ts';
import type { BuildInputs } from './build-inputs.ts';
import { renderIpxe } from './outputs.ts';
import { imageSteps } from './steps/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const example = join(root, 'iso-builder/testdata/branch-office.toml');
const noExec: Exec = async (file) => {
  throw new Error(`${file} must not run`);
};

let folder: string;
let out: string;
let cache: string;
let given: BuildInputs | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-'));
  out = join(folder, 'out');
  cache = join(folder, 'cache');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function world(change: Partial<BuildWorld> = {}): BuildWorld {
  return {
    root,
    env: { CROFT_ISO_CACHE: cache, SOURCE_DATE_EPOCH: '1790000000' },
    exec: noExec,
    imageSteps: (build) => {
      given = build;
      return fakeImageSteps(build);
    },
    fetchText: async () => ` ${'a'.repeat(64)} 1 main/binary-amd64/Packages`,
    ...change,
  };
}

const options = (change = {}) => ({ profile: example, out, version: '1.2.3', ...change });
const build = (change = {}, other: Partial<BuildWorld> = {}) =>
  buildImage(options(change), world(other), quietContext());
const file = (name: string) => readFileSync(join(out, name));

const names = [
  'SHA256SUMS',
  'SHA256SUMS.sig',
  'boot.ipxe',
  'croft-1.2.3-amd64.iso',
  'croft-1.2.3-amd64.update',
  'filesystem.squashfs',
  'initrd.img',
  'manifest.json',
  'packages.txt',
  'sbom.cdx.json',
  'slot.cfg',
  'vmlinuz',
];

describe('a build', () => {
  it('hands over the files, with signed sums that hold', async () => {
    const report = await build();
    expect(readdirSync(out).sort()).toEqual(names);
    expect(report.outputs.map(({ name }) => name).sort()).toEqual(names);
    expect(report.outputs.find(({ name }) => name === 'vmlinuz')?.bytes).toBe('kernel'.length);
    const sums = file('SHA256SUMS').toString();
    const lines = sums.trim().split('\n');
    expect(lines).toHaveLength(names.length - 2);
    for (const line of lines) {
      const [sum, name] = line.split('  ');
      expect(createHash('sha256').update(file(name!)).digest('hex')).toBe(sum);
    }
    expect(isSignedBy(sums, file('SHA256SUMS.sig').toString(), [given!.publicKeyPem])).toBe(true);
  });

  it('gives the steps what the profile and the world say', async () => {
    await build();
    expect(given).toMatchObject({ version: '1.2.3', sourceDateEpoch: 1_790_000_000, root });
    expect(given!.profile.name).toBe('branch-office');
    expect(Object.keys(given!.releases)).toContain('http://deb.debian.org/debian/dists/trixie/InRelease');
    expect(publicKeyOf(given!.readPrivateKey())).toBe(given!.publicKeyPem);
  });

  it('is the same from an empty cache with the same key', async () => {
    await build();
    const first = names.map((name) => file(name));
    const key = join(folder, 'kept.pem');
    writeFileSync(key, given!.readPrivateKey(), { mode: 0o600 });
    for (const path of [out, cache]) rmSync(path, { recursive: true });
    const env = { ...world().env, CROFT_ISO_KEY: key };
    await build({}, { env });
    for (const [index, name] of names.entries())
      expect({ name, same: file(name).equals(first[index]!) }).toEqual({ name, same: true });
  });

  it('signs again with another key, and does nothing else again', async () => {
    await build();
    rmSync(join(cache, 'keys'), { recursive: true });
    const { steps } = await build();
    expect(steps.filter(({ cached }) => !cached).map(({ name }) => name)).toEqual(['manifest', 'update']);
  });

  it('copies: who changes a file in place does not change the cache', async () => {
    await build();
    writeFileSync(join(out, 'vmlinuz'), 'other');
    await build();
    expect(file('vmlinuz').toString()).toBe('kernel');
  });

  it('leaves no sums beside files that they do not fit', async () => {
    await build();
    const lacking = (inputs: BuildInputs) => [
      ...fakeImageSteps(inputs).filter(({ name }) => name !== 'iso'),
      writingStep('iso', {}),
    ];
    await expect(build({}, { imageSteps: lacking })).rejects.toThrow('the result iso/image.iso is missing');
    expect(readdirSync(out)).not.toContain('SHA256SUMS');
    expect(readdirSync(out)).not.toContain('SHA256SUMS.sig');
  });

  it('of one step hands over nothing', async () => {
    const report = await build({ only: 'manifest' });
    expect(report.steps.map(({ name }) => name)).toEqual(['boot', 'squashfs', 'manifest']);
    expect(report.outputs).toEqual([]);
    expect(readdirSync(folder)).toEqual(['cache']);
  });

  it("takes the profile's version, else the project's", async () => {
    const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
    expect((await build({ version: undefined })).version).toBe(project);
    const own = join(folder, 'own.toml');
    writeFileSync(own, 'name = "own"\npackages = ["nano"]\nversion = "7"\n');
    expect((await build({ version: undefined, profile: own })).version).toBe('7');
  });

  it.each([
    ['a version that is a path', { version: '../1' }, "version '../1': must be"],
    ['a profile that is not there', { profile: 'nowhere' }, 'no such profile'],
  ])('refuses %s before anything is made', async (_what, change, words) => {
    await expect(build(change)).rejects.toThrow(words);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the steps that there are', () => {
  it('are all that the outputs need, in an order that holds', async () => {
    await build();
    const list = imageSteps(given!);
    const before = new Set<string>();
    for (const { name, needs = [] } of list) {
      for (const need of needs) expect(before).toContain(need);
      before.add(name);
    }
    for (const name of ['boot', 'squashfs', 'manifest', 'iso', 'update']) expect(before).toContain(name);
  });
});

describe('boot over the network', () => {
  it('has the kernel options and gives the squashfs a place in the initrd', () => {
    const lines = renderIpxe('1.2.3', ['console=tty0', 'panic=30']).split('\n');
    expect(lines[0]).toBe('#!ipxe');
    expect(lines).toContain('kernel vmlinuz initrd=initrd.magic console=tty0 panic=30');
    expect(lines).toContain('initrd filesystem.squashfs /image/filesystem.squashfs');
    expect(lines.at(-2)).toBe('boot');
  });
});

describe('the command line', () => {
  const run = async (argv: readonly string[], change: Partial<BuildCliWorld> = {}) => {
    let stdout = '';
    let stderr = '';
    const code = await runBuildCli(argv, {
      ...world(),
      signal: new AbortController().signal,
      write: (text) => (stdout += text),
      complain: (text) => (stderr += text),
      ...change,
    });
    return { code, stdout, stderr };
  };

  it('prints each step, the total, and the files with their sizes', async () => {
    const { code, stdout, stderr } = await run(['--profile', example, '--out', out, '--version', '1.2.3']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('made a signing key');
    for (const name of ['boot', 'squashfs', 'manifest', 'iso', 'update', 'total']) {
      expect(stdout).toMatch(new RegExp(`^${name} +\\d+\\.\\d s$`, 'm'));
    }
    expect(stdout).toContain(`Croft 1.2.3 in ${out}:`);
    expect(stdout).toMatch(/^ {2}croft-1\.2\.3-amd64\.iso +3 B$/m);
  });

  it('says where the result of one step is', async () => {
    const { code, stdout } = await run(['--profile', example, '--only', 'boot']);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toMatch(new RegExp(`^${cache}/boot/[0-9a-f]{64}$`));
  });

  it('knows what it does not understand from what failed', async () => {
    expect(await run(['--profil'])).toMatchObject({ code: 2 });
    expect((await run(['--help'])).code).toBe(0);
    const failed = await run(['--profile', 'nowhere']);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('no such profile');
  });

  it('ends with 130 when it is stopped', async () => {
    mkdirSync(cache);
    const stopped = await run(['--profile', example], { signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ code: 130, stderr: 'stopped\n' });
  });
});
