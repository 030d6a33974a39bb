// Hook scripts of a real container and a real VM: which phases they hear, once each, also of ends that nobody asked for, and how they refuse.
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { busyboxTemplate } from './ct-templates.ts';
import { CtWorld, firstVmid, whyNoContainers } from './ct-world.ts';
import { eventually } from './wait.ts';

const why = whyNoContainers();
if (why !== undefined) process.stderr.write(`hook scripts are not tested: ${why}\n`);

const world = new CtWorld();
const { daemon } = world;
const [ct, vm] = [firstVmid + 1, 100];
const heard = join(daemon.folder, 'heard');
const wish = join(daemon.folder, 'wish');
const snippets = join(daemon.storagePath, 'snippets');
const hookscript = 'local:snippets/hook.pl';

/** In Perl, as the API's peers' example; says who runs and with what, and does what the file `wish` says: a number to exit with. */
const script = `#!/usr/bin/perl
use strict; use warnings;
my ($vmid, $phase) = @ARGV;
open(my $heard, '>>', '${heard}') or die "cannot note: $!";
print $heard "$vmid $phase\\n"; close($heard);
print "this is $phase of $vmid with " . join(',', sort keys %ENV) . "\\n";
if (open(my $wish, '<', '${wish}')) {
  my ($when, $what) = split(/ /, <$wish> // '');
  if ($when eq $phase) { sleep(60) if $what =~ /sleep/; print STDERR "I do not want to\\n"; exit($what); }
}
`;

beforeAll(async () => {
  await daemon.start();
  mkdirSync(snippets, { recursive: true });
  writeFileSync(join(snippets, 'hook.pl'), script);
  chmodSync(join(snippets, 'hook.pl'), 0o755);
  writeFileSync(join(snippets, 'plain.txt'), script);
}, 60_000);
afterAll(async () => {
  await world.dispose();
});

/** The phases that the guest's script heard since the last time somebody asked. */
function phases(vmid: number): string[] {
  const lines = existsSync(heard) ? readFileSync(heard, 'utf8').split('\n').filter(Boolean) : [];
  const mine = lines.filter((line) => line.startsWith(`${vmid} `)).map((line) => line.split(' ')[1]!);
  writeFileSync(heard, lines.filter((line) => !line.startsWith(`${vmid} `)).join('\n'));
  if (lines.length > mine.length) appendFileSync(heard, '\n');
  return mine;
}

describe.skipIf(why !== undefined).each([
  ['container', 'lxc', ct, 'vz'],
  ['VM', 'qemu', vm, 'qm'],
] as const)('the hook script of a %s', (_what, folder, vmid, prefix) => {
  const path = `/nodes/testnode/${folder}/${vmid}`;
  const power = (word: string, params = {}) => world.task('POST', `${path}/status/${word}`, params);
  const status = () => daemon.ok<{ status: string; pid: number }>('GET', `${path}/status/current`);
  const runs = async () => (await status()).status === 'running';

  it('is named in the configuration, when it is there', async () => {
    if (folder === 'lxc') {
      const template = world.addTemplate(busyboxTemplate(), 'busybox.tar.gz');
      expect(await world.create(vmid, template)).toBe('OK');
    } else {
      const params = { vmid, memory: 64, scsi0: 'local:0.0009765625' };
      expect(await world.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
    }
    const wrong = await daemon.call('PUT', `${path}/config`, { hookscript: 'local:snippets/none.pl' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors).toHaveProperty('hookscript');
    await daemon.ok('PUT', `${path}/config`, { hookscript });
  });

  it('hears a start and a stop, and its words are in their logs', async () => {
    expect(await power('start')).toBe('OK');
    expect(phases(vmid)).toEqual(['pre-start', 'post-start']);
    const { log } = await world.newest(`${prefix}start`);
    expect(log).toContain(`hook: this is pre-start of ${vmid} with LANG,LC_ALL,PATH`);
    expect(await power('stop')).toBe('OK');
    expect(phases(vmid)).toEqual(['pre-stop', 'post-stop']);
    expect((await world.newest(`${prefix}stop`)).log).toContain(`hook: this is post-stop of ${vmid}`);
  });

  it('keeps it from starting, and nothing is left of that start', async () => {
    writeFileSync(wish, 'pre-start 7');
    expect(await power('start')).toContain(
      `hookscript error for ${vmid} on pre-start: exit code 7: I do not want to`,
    );
    expect(await runs()).toBe(false);
    expect(world.mounts()).toEqual([]);
    expect(phases(vmid)).toEqual(['pre-start']);
    writeFileSync(wish, '');
  });

  it('cannot be a file that is not executable', async () => {
    await daemon.ok('PUT', `${path}/config`, { hookscript: 'local:snippets/plain.txt' });
    expect(await power('start')).toContain('the script is not executable');
    await daemon.ok('PUT', `${path}/config`, { hookscript });
  });

  it('that hangs is ended with its task, and it runs on', async () => {
    expect(await power('start')).toBe('OK');
    phases(vmid);
    writeFileSync(wish, 'pre-stop sleep');
    const upid = await daemon.ok<string>('POST', `${path}/status/stop`);
    await eventually('the script', 10_000, () => phases(vmid).includes('pre-stop'));
    await daemon.ok('DELETE', `/nodes/testnode/tasks/${upid}`);
    expect(await daemon.taskEnd(upid, 10_000)).toBe('cancelled');
    expect(await runs()).toBe(true);
    const { stdout } = await exec('pgrep', ['-f', `${snippets}/hook.pl ${vmid}`], { okExitCodes: [0, 1] });
    expect(stdout).toBe('');
    writeFileSync(wish, '');
  });

  it('hears of an end that came by itself', async () => {
    await endInside();
    await eventually('post-stop', 20_000, () => phases(vmid).join() === 'post-stop');
    expect(await power('start')).toBe('OK');
    expect(phases(vmid)).toEqual(['pre-start', 'post-start']);
  });

  it('hears once of an end that came while the daemon was away, however often that is started', async () => {
    const { pid } = await status();
    await daemon.end('SIGKILL');
    await endOutside(pid);
    await daemon.start();
    await eventually('post-stop', 20_000, () => phases(vmid).join() === 'post-stop');
    await daemon.end('SIGKILL');
    await daemon.start();
    expect(await runs()).toBe(false);
    expect(phases(vmid)).toEqual([]);
  });

  it('goes with it', async () => {
    expect(await world.task('DELETE', path)).toBe('OK');
    expect(phases(vmid)).toEqual([]);
    expect(daemon.output).not.toMatch(/"level":(50|60)/);
  });

  const destroy = () => exec('virsh', ['-c', 'qemu:///system', 'destroy', `${daemon.guestPrefix}${vmid}`]);
  async function endInside(): Promise<void> {
    if (folder === 'qemu') await destroy();
    else await world.run(vmid, ['poweroff']);
  }
  /** While the daemon is away: `pid` is what it said last. */
  async function endOutside(pid: number): Promise<void> {
    if (folder === 'qemu') await destroy();
    else process.kill(pid, 'SIGKILL');
    await eventually('its end', 10_000, () => !existsSync(`/proc/${pid}`));
  }
});
