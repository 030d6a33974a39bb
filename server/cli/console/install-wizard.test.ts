// The installation dialogue by scripts: what is asked, what is refused, what is sent, and what is never sent.
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { InstallCheck, MachineFactsReply } from '../../contract/appliance.ts';
import { AppError } from '../../core/errors.ts';
import { runInstallWizard } from './install-wizard.ts';
import { ScriptedTalk } from './scripted-talk-fixture.ts';

type Disk = MachineFactsReply['disks'][number];

const disk = (name: string, more: Partial<Disk> = {}): Disk => ({
  ...{
    path: `/dev/${name}`,
    name,
    ids: [],
    model: 'DISK',
    serial: '1',
    transport: 'sata',
    rotational: false,
  },
  ...{ sizeBytes: 20 * 1024 ** 3, sectorBytes: 512, contents: [] },
  ...more,
});
const nic = (name: string, link: boolean) => ({
  ...{ name, link, addresses: [] },
  mac: `52:54:00:00:00:0${name.at(-1)}`,
});
const windows = {
  ...{ device: '/dev/sda1', sizeBytes: 19 * 1024 ** 3, type: 'ntfs', label: '' },
  description: 'Windows (NTFS)',
};
const machine: MachineFactsReply = {
  disks: [disk('sda', { contents: [windows] }), disk('sdc', { problem: 'it is the medium itself' })],
  nics: [nic('eth1', false), nic('eth2', true)],
  firmware: 'uefi',
  memoryBytes: 4 * 1024 ** 3,
};
const fine: InstallCheck = { problems: [], destroys: ['sda: Windows (NTFS)'], warnings: [] };
const password = 'correct horse';
/** From the network card to the language, by defaults where there are some. */
const system = ['', 'dhcp', 'pve1', password, password, '', '', '', ''];

async function run(
  typed: readonly (string | undefined)[],
  more: { facts?: MachineFactsReply; checks?: InstallCheck[]; failing?: boolean } = {},
) {
  const talk = new ScriptedTalk(typed);
  const checks = [...(more.checks ?? [])];
  const done: string[] = [];
  let sent: { answers: string; confirm: string } | undefined;
  const error = await runInstallWizard({
    talk,
    facts: async () => more.facts ?? machine,
    check: async () => checks.shift() ?? fine,
    install: async (answers, confirm) => {
      sent = { answers, confirm };
      if (more.failing) throw new AppError('command-failed', 'the disk is broken');
    },
    reboot: async () => void done.push('reboot'),
  }).catch((thrown: unknown) => thrown);
  return { talk, error, sent, done, answers: sent ? parse(sent.answers) : undefined };
}

describe('the installation dialogue', () => {
  it('asks, shows what is lost, installs and reboots', async () => {
    const { talk, error, sent, done, answers } = await run(['', ...system, 'sda', '']);
    expect(error).toBeUndefined();
    expect(talk.text).toContain('sda1  19 GiB  Windows (NTFS)');
    expect(talk.text).toContain('-  sdc');
    expect(talk.text).toContain('cannot be chosen: it is the medium itself');
    expect(talk.text).toContain('! sda: Windows (NTFS)');
    expect(sent?.confirm).toBe('sda');
    expect(answers).toEqual({
      system: { hostname: 'pve1', timezone: 'UTC', keyboard: 'us', language: 'en', password },
      network: { mode: 'dhcp', nic: '52:54:00:00:00:02' },
      disk: { devices: ['/dev/sda'], mirror: false, erase: true, 'keep-guests': false },
      after: { action: 'none' },
    });
    expect(done).toEqual(['reboot']);
  });

  it('never shows the password, and asks for it without echo', async () => {
    const { talk } = await run(['', ...system, 'sda', '']);
    expect(talk.text).not.toContain(password);
    expect(talk.asked.filter(({ secret }) => secret).map(({ question }) => question)).toHaveLength(2);
  });

  it('takes a fixed address, a mirror and a key', async () => {
    const facts = { ...machine, disks: [disk('sda'), disk('sdb')] };
    const key = `ssh-ed25519 ${'A'.repeat(68)} ann@desk`;
    const { answers, sent, error } = await run(
      [
        ...['1', '2', '2', 'static', '192.0.2.10/24', '192.0.2.1', '', 'pve1.example.org'],
        ...[password, password, key, 'Europe/Rome', 'it', 'it', 'sda,sdb', ''],
      ],
      { facts },
    );
    expect(error).toBeUndefined();
    expect(sent?.confirm).toBe('sda,sdb');
    expect(answers).toMatchObject({
      system: { 'ssh-keys': [key], timezone: 'Europe/Rome', hostname: 'pve1.example.org', language: 'it' },
      network: {
        ...{ mode: 'static', nic: '52:54:00:00:00:01', address: '192.0.2.10/24' },
        ...{ gateway: '192.0.2.1', dns: ['192.0.2.1'] },
      },
      disk: { devices: ['/dev/sda', '/dev/sdb'], mirror: true },
    });
  });

  it('asks again after each wrong answer, and says what is wrong', async () => {
    const { talk, error } = await run([
      ...['9', 'sda', '1', '3', '1', 'perhaps', 'static', '192.0.2.10', '192.0.2.10/24', '10.0.0.1', '-'],
      ...[
        'dns.example.org',
        '-',
        'bad_name',
        '42',
        'pve1',
        'short',
        password,
        'different',
        password,
        password,
      ],
      ...['not a key', '-', 'Mars/Olympus', 'UTC', 'a/b', 'us', 'english', 'en', 'sdc', 'sda', ''],
    ]);
    expect(error).toBeUndefined();
    for (const said of [
      ...[
        'A number from 1 to 1.',
        'A number from 1 to 2.',
        'Type dhcp or static.',
        'prefix is missing',
        'not in the network',
      ],
      ...[
        'Only IP addresses',
        'no hyphen at either end',
        'digits only',
        'At least 8 characters',
        'were not the same',
      ],
      ...[
        'One line as in a .pub file',
        'no such time zone',
        'A keymap such as',
        'two-letter codes',
        'not what stands there',
      ],
    ])
      expect(talk.text).toContain(said);
  });

  it('goes back by <, also from the review', async () => {
    const { answers, error } = await run([
      ...['1', '', 'dhcp', 'wrong', '<', 'right', password, password, '', '', '', '', '<'],
      ...['1', '', 'dhcp', 'later', password, password, '', '', '', '', 'sda', ''],
    ]);
    expect(error).toBeUndefined();
    expect(answers).toMatchObject({ system: { hostname: 'later' } });
  });

  it('keeps what is there without asking for its settings', async () => {
    const croft = { keepable: true, hostname: 'pve9', version: '0.1.0' };
    const facts = { ...machine, disks: [disk('sda', { croft })] };
    const { answers, error } = await run(['1', 'yes', 'sda', ''], { facts });
    expect(error).toBeUndefined();
    expect(answers).toEqual({
      disk: { devices: ['/dev/sda'], mirror: false, erase: false, 'keep-guests': true },
      after: { action: 'none' },
    });
  });

  it('asks again what the installer does not accept', async () => {
    const problems = [{ key: 'system.keyboard', line: 4, message: "there is no console keymap 'xx'" }];
    const { talk, answers } = await run(['1', ...system, 'gr', 'sda', ''], {
      checks: [{ ...fine, problems }],
    });
    expect(talk.text).toContain("system.keyboard: there is no console keymap 'xx'");
    expect(answers).toMatchObject({ system: { keyboard: 'gr' } });
  });

  it.each([0, 3, 5, 10])('installs nothing when the input ends after %i answers', async (count) => {
    const { error, sent } = await run(['1', ...system, 'sda'].slice(0, count));
    expect(error).toMatchObject({ code: 'cancelled' });
    expect(sent).toBeUndefined();
  });

  it('does not reboot after a failure, nor when nobody is there', async () => {
    const failed = await run(['1', ...system, 'sda', ''], { failing: true });
    expect(failed.error).toMatchObject({ code: 'command-failed' });
    expect(failed.done).toEqual([]);
    const alone = await run(['1', ...system, 'sda']);
    expect(alone.error).toBeUndefined();
    expect(alone.done).toEqual([]);
  });

  it('says why no disk can be used', async () => {
    const facts = { ...machine, disks: [disk('sda', { problem: 'too small' })] };
    expect((await run([], { facts })).error).toMatchObject({
      message: 'no disk can be used. sda: too small',
    });
  });
});
