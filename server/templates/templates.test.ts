// The catalogue, the machine's mirrors, and how a build goes, with a recording in the place of mmdebstrap.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogueEntry } from '../contract/aplinfo.ts';
import { AppError } from '../core/errors.ts';
import { type BuildParts, buildProblem, buildTemplate } from './build-template.ts';
import { catalogueEntries, findTemplate, templateRecipes } from './catalogue.ts';
import { debianMirrors, readAptSources, sourceLines } from './debian-mirrors.ts';

const now = new Date('2026-11-21T23:59:00Z');

describe('catalogue', () => {
  it('lists what can be built, each found by its file, its package and its system', () => {
    const entries = catalogueEntries(now, 'amd64', undefined);
    expect(entries.map(({ template }) => template)).toEqual([
      'debian-13-standard_13-20261121_amd64.tar.zst',
      'debian-13-minimal_13-20261121_amd64.tar.zst',
      'debian-12-standard_12-20261121_amd64.tar.zst',
      'debian-12-minimal_12-20261121_amd64.tar.zst',
    ]);
    for (const entry of entries) {
      expect(catalogueEntry.parse(entry)).toEqual(entry);
      for (const name of [entry.template, entry.package])
        expect(findTemplate(name, now, 'amd64')?.fileName).toBe(entry.template);
    }
    expect(findTemplate('debian-12', now, 'amd64')?.fileName).toBe(entries[2]?.template);
    expect(catalogueEntries(now, 'amd64', 'not here')[0]).toMatchObject({
      available: 0,
      problem: 'not here',
    });
  });

  it('a file of another day is of that day; what is none is not found', () => {
    const other = 'debian-13-minimal_13-20250102_amd64.tar.zst';
    expect(findTemplate(other, now, 'amd64')).toMatchObject({
      fileName: other,
      epochSeconds: Date.parse('2025-01-02T00:00:00Z') / 1000,
    });
    for (const wrong of [
      ...['', 'debian', 'debian-11', 'ubuntu-24.04', '../debian-13', 'debian-13_13-20250102_amd64.tar.zst'],
      ...['debian-13-minimal_13-20250231_amd64.tar.zst', 'debian-13-minimal_12-20250102_amd64.tar.zst'],
      ...['debian-13-minimal_13-20251302_amd64.tar.zst', 'debian-13-minimal_13-20250102_arm64.tar.zst'],
    ])
      expect(findTemplate(wrong, now, 'amd64')).toBeUndefined();
  });

  it('package names are such, and none twice', () => {
    for (const { packages } of templateRecipes) {
      expect(new Set(packages).size).toBe(packages.length);
      for (const name of packages) expect(name).toMatch(/^[a-z0-9][a-z0-9+.-]+$/);
    }
  });
});

describe('mirrors', () => {
  it("are the machine's own, in both forms of apt's sources", () => {
    const oneLine = `# deb http://no.example/debian x main
deb [signed-by=/x.gpg arch=amd64] http://mirror.lan:3142/debian/ trixie main
deb http://other.lan/debian trixie main
deb https://pkg.example/apt stable main`;
    const deb822 = 'Types: deb\nURIs: https://sec.lan/debian-security\nSuites: trixie-security\n';
    expect(debianMirrors([oneLine, deb822])).toEqual({
      main: 'http://mirror.lan:3142/debian',
      security: 'https://sec.lan/debian-security',
    });
    const usual = debianMirrors([
      'deb file:/debian x main',
      'URIs: mirror+file:/etc/apt/mirrors/debian.list',
    ]);
    expect(sourceLines(usual, 'trixie')).toEqual([
      'deb http://deb.debian.org/debian trixie main',
      'deb http://deb.debian.org/debian trixie-updates main',
      'deb http://deb.debian.org/debian-security trixie-security main',
    ]);
    expect(readAptSources('/nowhere')).toEqual([]);
  });
});

describe('a build', () => {
  let base: string;
  const logged: string[] = [];
  const progress: number[] = [];
  const context = {
    signal: new AbortController().signal,
    log: (line: string) => void logged.push(line),
    progress: (fraction: number) => void progress.push(fraction),
  };
  const parts = (run: BuildParts['run']): BuildParts => ({
    run,
    mirrors: debianMirrors([]),
    workFolder: join(base, 'work'),
    architecture: 'amd64',
    now: () => now,
  });

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'croft-templates-'));
    logged.length = 0;
    progress.length = 0;
  });
  afterEach(() => rmSync(base, { recursive: true }));

  it('runs mmdebstrap for the day, tells its stages, and leaves the file alone', async () => {
    const output = join(base, 'out.tar.zst');
    const run: BuildParts['run'] = async (file, args, { env, onLine }) => {
      expect(file).toBe('mmdebstrap');
      expect(args).toContain('trixie');
      expect(env).toMatchObject({ SOURCE_DATE_EPOCH: '1795219200' });
      for (const line of [
        'I: running apt-get update...',
        'Get:1 x',
        'I: using /secret/path as tempdir',
        'W: slow',
      ])
        onLine(line);
      writeFileSync(args.find((arg) => arg.endsWith('root.tar.zst')) as string, 'archive');
    };
    const { fileName } = await buildTemplate(context, parts(run), 'debian-13', output);
    expect(fileName).toBe('debian-13-standard_13-20261121_amd64.tar.zst');
    expect(readFileSync(output, 'utf8')).toBe('archive');
    expect(logged).toEqual(['running apt-get update...', 'slow']);
    expect(progress).toEqual([0.05, 1]);
    expect(readdirSync(base)).toEqual(['out.tar.zst', 'work']);
    expect(readdirSync(join(base, 'work'))).toEqual([]);
  });

  it('a failure leaves nothing', async () => {
    const fail: BuildParts['run'] = async (_file, args) => {
      writeFileSync(args.find((arg) => arg.endsWith('root.tar.zst')) as string, 'half');
      throw new AppError('cancelled', 'cancelled');
    };
    const build = buildTemplate(context, parts(fail), 'debian-12-minimal', join(base, 'out'));
    await expect(build).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(base)).toEqual(['work']);
    expect(readdirSync(join(base, 'work'))).toEqual([]);
    await expect(buildTemplate(context, parts(fail), 'windows', join(base, 'out'))).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('says what is missing', async () => {
    const missing = async () => Promise.reject(new AppError('unavailable', 'not installed'));
    expect(await buildProblem(missing)).toBe('mmdebstrap is not installed on this machine');
    expect(await buildProblem(async () => ({ exitCode: 0, stdout: '', stderr: '' }))).toBeUndefined();
  });
});
