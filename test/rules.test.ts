// The house's rules, checked on every source file: who may import whom, and what no file may hold.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = projectFiles(root).filter((file) => /\.(ts|tsx|mjs)$/.test(file));
const productSources = sources.filter((file) => !isTest(file));

function isTest(file: string): boolean {
  return (
    /(\.test\.tsx?|-(fixture|cases)\.ts|\.host\.ts)$/.test(file) || /^(test|bench)\/|\/host-lab\//.test(file)
  );
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const importPattern =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[\w*{][^;'"]*?from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(importPattern)]
    .map((match) => ({ target: match[3] ?? match[4] ?? '', typeOnly: match[2] !== undefined }))
    .filter(({ target }) => target.startsWith('.'))
    .map(({ target, typeOnly }) => ({
      from: file,
      to: relative(root, join(root, dirname(file), target)),
      typeOnly,
    }));
}

const productImports = productSources.flatMap(importsOf);

/** For files below `folder`: the only places of ours that they may import from (beside their own folder). */
const directions: readonly { readonly folder: RegExp; readonly may: RegExp }[] = [
  { folder: /^server\/core\//, may: /^server\/core\// },
  { folder: /^server\/contract\//, may: /^server\/(contract|core)\// },
  { folder: /^server\/node-libvirt\//, may: /^server\/node-libvirt\// },
  { folder: /^server\/db\//, may: /^server\/(db|core)\// },
  { folder: /^storage-plugins\//, may: /^(storage-plugins|server\/(core|contract))\// },
  { folder: /^network\//, may: /^(network|server\/(core|contract))\// },
  { folder: /^iso-builder\//, may: /^(iso-builder|server\/(core|contract))\// },
  {
    folder: /^server\/guests\/(vm|ct|fake)\//,
    may: /^(server\/(core|contract|guests)\/|storage-plugins\/plugin\.ts)/,
  },
  { folder: /^server\/http\/(?!routes\/)/, may: /^server\/(http|core|contract)\// },
  {
    folder: /^server\/(guests|storage|access|tasks|cluster|metrics|backup|health)\//,
    may: /^(?!server\/http\/routes|ui\/)/,
  },
  { folder: /^ui\//, may: /^(ui|server\/contract)\// },
  { folder: /^server\/setup\//, may: /^server\/setup\// },
  { folder: /^server\/cli\//, may: /^server\/(cli\/|core\/|contract\/|config\.ts)/ },
];

/** Concrete parts, and the only files that may name them. */
const concreteParts =
  /^(server\/guests\/vm\/libvirt-driver\.ts|server\/guests\/ct\/driver\/lxc-driver\.ts|storage-plugins\/(?!memory)[a-z]+\/[a-z]+-plugin\.ts|server\/cluster\/single-node\/)/;
const fakes = /(^|\/)(fake|memory|mock)\//;

describe('who may import whom', () => {
  it('found the files', () => {
    expect(productSources.length).toBeGreaterThan(50);
    expect(productImports.length).toBeGreaterThan(100);
  });

  it.each(directions)('$folder imports only $may', ({ folder, may }) => {
    const wrong = productImports.filter(({ from, to }) => folder.test(from) && !may.test(to));
    expect(wrong).toEqual([]);
  });

  it('nothing above a service is imported from below: no service imports a route', () => {
    const wrong = productImports.filter(
      ({ from, to }) =>
        /^server\/http\/routes\//.test(to) &&
        !/^server\/(http\/routes\/|main\.ts|dev\.ts|daemon\.ts|assemble-appliance\.ts)/.test(from),
    );
    expect(wrong).toEqual([]);
  });

  it('a driver touches neither HTTP nor SQLite', () => {
    const drivers = /^(storage-plugins|network|server\/guests\/(vm|ct|fake))\//;
    const wrong = productSources
      .filter((file) => drivers.test(file))
      .filter((file) =>
        /from '(hono|@hono\/[^']+|better-sqlite3|ws)'/.test(readFileSync(join(root, file), 'utf8')),
      );
    expect(wrong).toEqual([]);
  });

  it('only main.ts, dev.ts and the list of storage types name concrete drivers', () => {
    const wrong = productImports.filter(
      ({ from, to, typeOnly }) =>
        !typeOnly &&
        concreteParts.test(to) &&
        dirname(from) !== dirname(to) &&
        !/^server\/(main|dev|storage\/storage-types)\.ts$/.test(from),
    );
    expect(wrong).toEqual([]);
  });

  it('nothing but tests and dev.ts imports a fake', () => {
    const wrong = productImports.filter(
      ({ from, to }) =>
        fakes.test(to) && !fakes.test(from) && from !== 'server/dev.ts' && !/^ui\/(mock|shots)/.test(from),
    );
    expect(wrong).toEqual([]);
  });
});

/** What no product file may hold, with the files that may because it is their subject. */
const forbidden: readonly { readonly what: string; readonly pattern: RegExp; readonly except?: RegExp }[] = [
  { what: 'a shell', pattern: /shell:\s*true|\bexecSync\(|from 'node:child_process'.*\bexec\b(?!File)/ },
  { what: 'HTML from text', pattern: /\binnerHTML\b|outerHTML\s*=|insertAdjacentHTML|dangerouslySet/ },
  { what: 'eval', pattern: /\beval\(|new Function\(/ },
  { what: 'a left-over', pattern: /\bTODO\b|\bFIXME\b|\bXXX\b/ },
  { what: 'console.log', pattern: /\bconsole\.(log|debug)\(/ },
  {
    what: 'a silenced compiler',
    pattern: /@ts-ignore|@ts-expect-error|^(?!\s*(?:\/\/|\*)).*(?:\bas any\b|:\s*any\s*[;,)=>\]|}])/,
    except: /^server\/http\/route\.ts$/,
  },
  { what: 'a path of one machine', pattern: /\/work\/(main|shared|\.library)/ },
];

describe('what no file may hold', () => {
  it.each(forbidden)('$what', ({ pattern, except }) => {
    const wrong = productSources
      .filter((file) => !except?.test(file))
      .flatMap((file) =>
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
      );
    expect(wrong).toEqual([]);
  });
});

describe('names and sizes', () => {
  it('files are named for what they own', () => {
    expect(
      sources.filter((file) => /(^|\/)[^/]*(utils?|helpers?|manager|misc|common)\.[^/]*$/.test(file)),
    ).toEqual([]);
    expect(sources.filter((file) => /[A-Z]/.test(file.replace(/README|CHANGES|LICENSE/, '')))).toEqual([]);
  });

  it('every file says first what it owns', () => {
    const silent = productSources.filter((file) => {
      const first = readFileSync(join(root, file), 'utf8').replace(/^#!.*\n/, '');
      return !/^(\/\/|\/\*)/.test(first);
    });
    expect(silent).toEqual([]);
  });

  it('no product file is longer than 400 lines', () => {
    const long = productSources.map((file) => ({
      file,
      lines: readFileSync(join(root, file), 'utf8').split('\n').length,
    }));
    expect(long.filter(({ lines }) => lines > 401)).toEqual([]);
  });

  it('every folder of sources has a README', () => {
    const folders = new Set(productSources.filter((file) => file.includes('/')).map((file) => dirname(file)));
    const files = new Set(projectFiles(root));
    const bare = [...folders].filter(
      (folder) => !files.has(join(folder, 'README.md')) && !inner.test(folder),
    );
    expect(bare).toEqual([]);
  });
});

/** Folders that their parent's README describes. */
const inner =
  /^ui\/(?!mock)|^server\/(guests\/fake|cluster\/(memory|single-node)|http\/routes|db\/migrations|cli\/)|\/testdata$/;
