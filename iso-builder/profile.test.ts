// Profiles: the ones we ship, one built upon another, and what is said about bad ones.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../server/core/errors.ts';
import { readProfile } from './profile.ts';

const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
const testdata = fileURLToPath(new URL('testdata', import.meta.url));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const read = (text: string) => readProfile(write('own.toml', text), folder);

beforeEach(() => {
  write('base.toml', 'name = "base"\npackages = ["systemd", "nano", "less"]\nkernelOptions = ["quiet"]\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the profiles we ship', () => {
  it('the appliance has what its parts need, each package once', () => {
    const { packages, volumeLabel, suite, components, mirrors, version } = readProfile('appliance');
    for (const name of [
      ...['intel-microcode', 'amd64-microcode', 'firmware-realtek', 'firmware-bnx2', 'firmware-bnx2x'],
      ...['tzdata', 'tzdata-legacy', 'openssl'],
      'linux-image-amd64',
      'busybox-static',
      'libvirt-daemon-system',
      'lxc',
      'nftables',
      'corosync',
    ]) {
      expect(packages).toContain(name);
    }
    expect(new Set(packages).size).toBe(packages.length);
    expect({ volumeLabel, suite, components, version }).toEqual({
      volumeLabel: 'CROFT',
      suite: 'trixie',
      components: ['main', 'non-free-firmware'],
      version: undefined,
    });
    expect(mirrors).toEqual([
      { url: 'http://deb.debian.org/debian', suite: 'trixie' },
      { url: 'http://deb.debian.org/debian-security', suite: 'trixie-security' },
    ]);
  });

  it('the example adds a package and a file to it', () => {
    const appliance = readProfile('appliance');
    const example = readProfile(join(testdata, 'branch-office.toml'));
    expect(example.packages).toEqual([
      ...appliance.packages.filter((name) => name !== 'console-data'),
      'tcpdump',
    ]);
    expect(example.files).toEqual([
      { from: join(testdata, 'banner.txt'), to: '/etc/issue.net', mode: 0o644 },
    ]);
    expect(example.kernelOptions).toEqual([...appliance.kernelOptions, 'mitigations=auto']);
    expect(example.volumeLabel).toBe('BRANCH');
    expect(example.sources).toEqual([join(testdata, 'branch-office.toml'), ...appliance.sources]);
  });
});

describe('one upon another', () => {
  it('lists are appended without doubles, single values replaced, packages taken out and put in', () => {
    write(
      'middle.toml',
      'name = "middle"\nextends = "base"\npackages = ["vim"]\nversion = "2"\nsuite = "trixie"\n',
    );
    const profile = read(
      'name = "own"\nextends = "middle"\npackages = ["less", "tmux"]\nremovePackages = ["nano"]\nvolumeLabel = "X"\n',
    );
    expect(profile).toMatchObject({ name: 'own', version: '2', volumeLabel: 'X', kernelOptions: ['quiet'] });
    expect(profile.packages).toEqual(['systemd', 'less', 'vim', 'tmux']);
  });

  it('what is not unpacked is appended as well', () => {
    write('slim.toml', 'name = "slim"\nextends = "base"\nexcludePaths = ["/usr/lib/firmware/rtw89/*"]\n');
    const { excludePaths } = read(
      'name = "own"\nextends = "slim"\nexcludePaths = ["/usr/share/x?", "/usr/lib/firmware/rtw89/*"]\n',
    );
    expect(excludePaths).toEqual(['/usr/lib/firmware/rtw89/*', '/usr/share/x?']);
  });

  it('a mirror takes the place of the one of the same suite; files are found beside the profile that names them', () => {
    write('deep/motd', 'hello');
    write('deep/low.toml', 'name = "low"\npackages = ["nano"]\n[[files]]\nfrom = "motd"\nto = "/etc/motd"\n');
    const profile = read(
      'name = "own"\nextends = "deep/low.toml"\n[[mirrors]]\nurl = "http://mirror.lan/debian"\nsuite = "trixie"\n',
    );
    expect(profile.mirrors.map(({ url }) => url)).toEqual([
      'http://deb.debian.org/debian-security',
      'http://mirror.lan/debian',
    ]);
    expect(profile.files).toEqual([{ from: join(folder, 'deep/motd'), to: '/etc/motd', mode: 0o644 }]);
  });

  it('a file takes the place of one for the same path', () => {
    write('one', '1');
    write('two', '2');
    write(
      'low.toml',
      'name = "low"\npackages = ["nano"]\n[[files]]\nfrom = "one"\nto = "/etc/x"\nmode = "0600"\n',
    );
    const profile = read(
      'name = "own"\nextends = "low"\n[[files]]\nfrom = "two"\nto = "/etc/x"\nmode = "0755"\n',
    );
    expect(profile.files).toEqual([{ from: join(folder, 'two'), to: '/etc/x', mode: 0o755 }]);
  });

  it('another release brings its own mirrors', () => {
    const profile = read('name = "own"\nextends = "base"\nsuite = "forky"\n');
    expect(profile.mirrors.map(({ suite }) => suite)).toEqual(['forky', 'forky-security']);
  });
});

const file = (lines: string) => `name = "own"\nextends = "base"\n[[files]]\n${lines}\n`;
const own = (line: string) => `name = "own"\nextends = "base"\n${line}\n`;

describe('bad profiles', () => {
  const cases: [what: string, text: string, words: string][] = [
    ['no TOML, with its line', 'name = "own"\npackages = [\n', 'own.toml: line 3:'],
    ['no name', 'extends = "base"', 'own.toml: name:'],
    ['an unknown key', own('pakages = []'), 'pakages'],
    ['an unknown key of a file', file('from = "base.toml"\nto = "/x"\nowner = 0'), 'files.0'],
    ['no packages at all', 'name = "own"', 'own.toml: packages: at least one is needed'],
    ['a package with a version', own('packages = ["nano=1"]'), 'own.toml: packages.0: must be the name'],
    ['a package that is an option', own('packages = ["--help"]'), 'packages.0'],
    ['packages as one text', own('packages = "nano"'), 'packages'],
    ['taking out what is not there', own('removePackages = ["vim"]'), "removePackages: 'vim' is not among"],
    [
      'taking out what is put in',
      own('packages = ["less"]\nremovePackages = ["less"]'),
      "'less' is in packages",
    ],
    ['an unknown base', 'name = "own"\nextends = "nowhere"', 'nowhere.toml: no such profile'],
    ['a base that is no name', 'name = "own"\nextends = "../x"', "profile '../x': give a name, or a path"],
    ['a circle', 'name = "own"\nextends = "own"', 'extends: goes round in a circle'],
    ['a relative place', file('from = "base.toml"\nto = "etc/x"'), 'files.0.to: must be an absolute path'],
    ['a way out', file('from = "base.toml"\nto = "/etc/../x"'), "files.0.to: must not have '.' or '..'"],
    ['a dot', file('from = "base.toml"\nto = "/etc/./x"'), 'files.0.to'],
    ['a slash at the end', file('from = "base.toml"\nto = "/etc/"'), 'files.0.to'],
    ['the root', file('from = "base.toml"\nto = "/"'), 'files.0.to'],
    ['a source that is missing', file('from = "none"\nto = "/x"'), "files.0.from: 'none' is no file"],
    ['a source that is a folder', file('from = "."\nto = "/x"'), "files.0.from: '.' is no file"],
    ['an absolute source', file('from = "/etc/passwd"\nto = "/x"'), 'files.0.from: must be relative'],
    ['a mode as a number', file('from = "base.toml"\nto = "/x"\nmode = 644'), 'files.0.mode'],
    [
      'a mode that is not octal',
      file('from = "base.toml"\nto = "/x"\nmode = "0888"'),
      'files.0.mode: must be an octal',
    ],
    [
      'a place twice',
      file('from = "base.toml"\nto = "/x"\n[[files]]\nfrom = "base.toml"\nto = "/x"'),
      "files: '/x' is given twice",
    ],
    ['two words in one', own('kernelOptions = ["quiet splash"]'), 'kernelOptions.0: must be one word'],
    ['a word for GRUB', own('kernelOptions = ["a=$root"]'), 'kernelOptions.0'],
    [
      'a word of the boot menu',
      own('kernelOptions = ["croft.slot=A"]'),
      'kernelOptions.0: is set by the boot menu',
    ],
    [
      'leaving out what is relative',
      own('excludePaths = ["usr/share/x"]'),
      'excludePaths.0: must be an absolute',
    ],
    ['leaving out everything', own('excludePaths = ["/*"]'), 'excludePaths.0'],
    ['leaving out a whole branch', own('excludePaths = ["/u*/lib"]'), 'excludePaths.0'],
    ['leaving out with an option', own('excludePaths = ["/usr/x y"]'), 'excludePaths.0'],
    ['a label in small letters', own('volumeLabel = "croft"'), 'volumeLabel: must be'],
    ['a version with a slash', own('version = "1/2"'), 'version: must be'],
    [
      'a mirror that is a file',
      own('mirrors = [{ url = "file:/x", suite = "trixie" }]'),
      'mirrors.0.url: must be',
    ],
    ['an unknown component', own('components = ["universe"]'), 'components.0'],
  ];
  it.each(cases)('%s', (_what, text, words) => {
    expect(() => read(text)).toThrow(AppError);
    expect(() => read(text)).toThrow(words);
  });

  it('a circle of two', () => {
    write('a.toml', 'name = "a"\nextends = "b"\n');
    write('b.toml', 'name = "b"\nextends = "a"\n');
    expect(() => readProfile('a', folder)).toThrow('circle');
  });

  it('all problems at once, each with the file', () => {
    expect(() => read(own('volumeLabel = "x"\nversion = ""'))).toThrow(
      /own\.toml: volumeLabel.*\n.*own\.toml: version/,
    );
  });

  it('installation answers may be set: an image that installs itself', () => {
    expect(read(own('kernelOptions = ["croft.answer=http://192.0.2.1/a.toml"]')).kernelOptions).toHaveLength(
      2,
    );
  });
});
