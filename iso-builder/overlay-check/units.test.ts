// System files of the overlay: programs that units start are in the image, presets name units that exist, scripts are scripts.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { volumeGroup } from '../../server/core/appliance-layout.ts';

const overlay = fileURLToPath(new URL('../overlay', import.meta.url));
const unitFolder = 'usr/lib/systemd/system';
const files = readdirSync(overlay, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(overlay, join(entry.parentPath, entry.name)));
const read = (file: string): string => readFileSync(join(overlay, file), 'utf8');

const recorded = (name: string): Set<string> => {
  const lines = readFileSync(new URL(`testdata/${name}.debian-13.txt`, import.meta.url), 'utf8').split('\n');
  return new Set(lines.filter((line) => line !== '' && !line.startsWith('#')));
};
const debianUnits = recorded('units');
const debianPrograms = recorded('programs');
/** What the image's build puts in beside the overlay. */
const built = new Set(['/usr/lib/croft/node', '/usr/lib/croft/server.mjs', '/usr/lib/croft/cli.mjs']);

const unitType = /\.(service|socket|timer|target|path|mount)$/;
const ownUnits = files
  .filter((file) => dirname(file) === unitFolder && unitType.test(file))
  .map((file) => basename(file));
const unitTexts = files.filter((file) => file.startsWith(`${unitFolder}/`));

/** `getty@tty1.service` is one of `getty@.service`. */
const template = (unit: string): string => unit.replace(/@[^.]*\./, '@.');
const isUnit = (unit: string): boolean => ownUnits.includes(unit) || debianUnits.has(template(unit));
const isProgram = (path: string): boolean =>
  files.includes(path.slice(1)) ||
  built.has(path) ||
  debianPrograms.has(path.replace(/^\/s?bin\//, '/usr$&'));

describe('units', () => {
  it('are found', () => {
    expect(ownUnits).toEqual(
      expect.arrayContaining(['croft.service', 'croft-trial.service', 'croft-autoinstall.service']),
    );
  });

  it.each(unitTexts)('%s starts programs that are in the image', (file) => {
    const commands = [
      ...read(file).matchAll(/^Exec(?:Start|StartPre|StartPost|Stop|Reload)=[-@:+!]*(\S+)(.*)$/gm),
    ];
    const paths = commands.flatMap(([, program = '', rest = '']) => [
      program,
      ...rest.split(' ').filter((word) => word.startsWith('/usr/lib/croft/')),
    ]);
    expect(paths.filter((path) => !isProgram(path))).toEqual([]);
    if (file.endsWith('.service')) expect(commands.length).toBeGreaterThan(0);
  });

  it.each(unitTexts)('%s names units that there are', (file) => {
    const names = [...read(file).matchAll(/^(?:After|Before|Wants|Requires|WantedBy|Conflicts)=(.*)$/gm)]
      .flatMap(([, list = '']) => list.split(/\s+/))
      // Made by croft-generator, from the answer to where the volume is.
      .filter((name) => name !== '' && name !== 'var-lib-croft-local.mount');
    expect(names.filter((name) => !isUnit(name))).toEqual([]);
  });

  it('what is added or masked belongs to a unit that there is', () => {
    const added = files
      .filter((file) => /^(usr\/lib|etc)\/systemd\/system\/[^/]+\.d\//.test(file))
      .map((file) => basename(dirname(file)).slice(0, -2));
    const masked = files
      .filter((file) => dirname(file) === 'etc/systemd/system')
      .map((file) => basename(file));
    expect(added.length).toBeGreaterThan(3);
    expect([...added, ...masked].filter((unit) => !isUnit(unit))).toEqual([]);
    // Only an empty file masks (systemd.unit(5)).
    expect(masked.filter((unit) => read(`etc/systemd/system/${unit}`) !== '')).toEqual([]);
  });
});

describe('the preset', () => {
  const lines = read('usr/lib/systemd/system-preset/00-croft.preset')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const enabled = lines.flatMap((line) => /^enable (\S+)$/.exec(line)?.[1] ?? []);

  it('enables units that there are, and switches off all else at its end', () => {
    const missing = enabled.filter((unit) =>
      unit.endsWith('*') ? !ownUnits.some((own) => own.startsWith(unit.slice(0, -1))) : !isUnit(unit),
    );
    expect(missing).toEqual([]);
    expect(lines.slice(0, -1)).toEqual(enabled.map((unit) => `enable ${unit}`));
    expect(lines.at(-1)).toBe('disable *');
  });

  it.each([
    ...['corosync', 'pacemaker', 'sbd', 'iscsid', 'open-iscsi', 'drbd', 'libvirt-guests', 'lxc', 'lxc-net'],
    ...['rpcbind', 'smartmontools', 'apt-daily-upgrade', 'nftables'],
  ])('leaves %s alone', (name) => {
    expect(debianUnits.has(`${name}.service`)).toBe(true);
    expect(enabled.filter((unit) => unit.startsWith(`${name}.`))).toEqual([]);
  });

  it('enables every unit of ours that says where it belongs', () => {
    const wanted = ownUnits.filter((unit) => /^\[Install\]$/m.test(read(`${unitFolder}/${unit}`)));
    const fits = (unit: string) =>
      enabled.some((line) => line === unit || (line.endsWith('*') && unit.startsWith(line.slice(0, -1))));
    expect(wanted.length).toBeGreaterThan(3);
    expect(wanted.filter((unit) => !fits(unit))).toEqual([]);
  });
});

describe('scripts and settings', () => {
  const texts = files.filter((file) => read(file) !== '');

  it('end with a line end, and have no carriage returns', () => {
    expect(texts.filter((file) => !read(file).endsWith('\n') || read(file).includes('\r\n'))).toEqual([]);
  });

  it('scripts say what they own, can be run, and stop at variables that are not set', () => {
    const scripts = texts.filter((file) => /^#!.*\bsh\n/.test(read(file)));
    expect(scripts.length).toBeGreaterThan(3);
    const wrong = scripts.filter((file) => {
      const [, second = ''] = read(file).split('\n');
      const strict = /^set -u$/m.test(read(file)) || file === 'usr/bin/croft';
      return !second.startsWith('# ') || !strict || (statSync(join(overlay, file)).mode & 0o111) === 0;
    });
    expect(wrong).toEqual([]);
  });

  it('guests end before what their disks lie on', () => {
    const after = [...read(`${unitFolder}/croft-guests.service`).matchAll(/^After=(.*)$/gm)]
      .flatMap(([, list = '']) => list.split(' '))
      .toSorted();
    expect(after).toEqual(
      expect.arrayContaining(['blk-availability.service', 'iscsid.service', 'remote-fs.target']),
    );
  });

  it('only the own volume group comes up by itself, not one in a disk that a guest has', () => {
    const lists = [
      ...read('etc/lvm/lvmlocal.conf').matchAll(/^\s*auto_activation_volume_list = \[ (.*) \]$/gm),
    ];
    expect(lists.map(([, list]) => list)).toEqual([`"${volumeGroup}"`]);
  });

  it('the order of SSH settings: the administrator, the installation, the defaults', () => {
    const names = files
      .filter((file) => file.startsWith('etc/ssh/sshd_config.d/'))
      .map((file) => basename(file));
    const all = [...names, '50-croft-answers.conf'].toSorted();
    expect(all).toEqual(['10-croft.conf', '50-croft-answers.conf', '90-croft.conf']);
    const first = read('etc/ssh/sshd_config.d/10-croft.conf')
      .split('\n')
      .find((line) => /^\w/.test(line));
    expect(first).toBe('Include /etc/croft/sshd.conf');
  });
});
