// Containers on the installed appliance: what a development machine has not (cgroup v2, AppArmor, limits of trees), and a
// restart of the machine.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { rebootInOrder } from './appliance-steps.ts';
import { withLab } from './fixture.ts';
import type { LabNode } from './node.ts';
import { sendTemplate, templateVolume } from './send-files.ts';

const minute = 60_000;

interface Outcome {
  readonly exitcode: number;
  readonly stdout: string;
  readonly stderr: string;
}

it('runs unprivileged containers under cgroup v2, AppArmor and seccomp', {
  timeout: 20 * minute,
}, async () => {
  await withLab(1, async ([node]) => {
    const { api, ssh, name } = node!;
    await sendTemplate(node!);
    const path = `/nodes/${name}/lxc`;
    const create = async (vmid: number, hostname: string, more: object = {}) =>
      api.waitTask(
        await api.call<string>('POST', path, {
          ...{ vmid, hostname, ostemplate: templateVolume, rootfs: 'local:2', unprivileged: 1 },
          // As our own dialogs have it: systemd since 256 mounts for its services, which AppArmor allows only then.
          features: 'nesting=1',
          ...{ memory: 256, swap: 0, cores: 1, net0: 'name=eth0,bridge=vmbr1,ip=dhcp', start: 1, ...more },
        }),
        5 * minute,
      );
    const said = await create(101, 'one', { onboot: 1 });
    // Nothing is missing here that a host of containers should have.
    expect(said.exitstatus).toBe('OK');
    const status = await api.call<{ warnings?: string[] }>('GET', `${path}/101/status/current`);
    expect(status.warnings ?? []).toEqual([]);

    expect(await settled(node!, 101)).toBe('running');
    const shell = async (vmid: number, script: string) => {
      const outcome = await api.call<Outcome>('POST', `${path}/${vmid}/exec`, {
        command: ['/bin/sh', '-c', script],
      });
      expect(outcome, outcome.stderr).toMatchObject({ exitcode: 0 });
      return outcome.stdout.trim();
    };
    expect(await shell(101, 'stat -fc %T /sys/fs/cgroup')).toBe('cgroup2fs');
    // As the host sees it: inside, a namespace of AppArmor's own begins.
    const { pid } = await api.call<{ pid: number }>('GET', `${path}/101/status/current`);
    expect(await ssh.output(['cat', `/proc/${pid}/attr/current`])).toMatch(/^lxc-\S+.*\(enforce\)$/);
    expect(await shell(101, 'grep ^Seccomp: /proc/1/status')).toMatch(/2$/);
    expect(await shell(101, 'cat /proc/self/uid_map')).toMatch(/^0\s+100000\s+65536$/);
    expect(await shell(101, 'nproc')).toBe('1');
    expect(await shell(101, "awk '/^MemTotal/ {print $2}' /proc/meminfo")).toBe(String(256 * 1024));
    // The size asked for is the limit of the tree, and what df shows.
    const kib = Number(await shell(101, "df -k / | awk 'NR == 2 {print $2}'"));
    expect(kib).toBeLessThanOrEqual(2 * 1024 ** 2);
    expect(kib).toBeGreaterThan(1.9 * 1024 ** 2);
    const full = await api.call<Outcome>('POST', `${path}/101/exec`, {
      command: [
        '/bin/sh',
        '-c',
        'dd if=/dev/zero of=/root/full bs=1M count=3000; s=$?; rm -f /root/full; exit $s',
      ],
    });
    expect(full.exitcode).not.toBe(0);
    expect(full.stderr).toMatch(/No space left|quota exceeded/);

    await create(102, 'two');
    expect(await settled(node!, 102)).toBe('running');
    // By the name that the private network's DHCP server knows.
    const until = Date.now() + minute;
    let reached = '';
    while (reached === '' && Date.now() < until) {
      reached = await shell(102, 'getent ahostsv4 one | head -1 || true');
      if (reached === '') await delay(1000);
    }
    expect(reached).toMatch(/^10\./);
    const address = reached.split(/\s+/)[0];
    expect(await ssh.output(['ping', '-c', '1', '-W', '5', String(address)])).toContain('1 received');

    // Live changes under cgroup v2.
    await api.call('PUT', `${path}/101/config`, { memory: 384, cpulimit: 0.5, hostname: 'web' });
    expect(await shell(101, "awk '/^MemTotal/ {print $2}' /proc/meminfo")).toBe(String(384 * 1024));
    expect(await shell(101, 'hostname')).toBe('web');
    const pending = await api.call<{ key: string; pending?: unknown }[]>('GET', `${path}/101/pending`);
    expect(pending.filter((line) => line.pending !== undefined)).toEqual([]);

    await stopAndForget(node!, 102);
    // With the machine: down in order, up by itself, nothing lost.
    await shell(101, 'echo kept > /root/kept; sync');
    await rebootInOrder(node!);
    const up = Date.now() + 3 * minute;
    while (Date.now() < up) {
      const { status: state } = await api.call<{ status: string }>('GET', `${path}/101/status/current`);
      if (state === 'running') break;
      await delay(1000);
    }
    expect(await settled(node!, 101)).toBe('running');
    expect(await shell(101, 'cat /root/kept; hostname')).toBe('kept\nweb');
    await stopAndForget(node!, 101);
    expect(await ssh.output(['systemctl', '--failed', '--no-legend', '--plain'])).toBe('');
  });
});

/** systemd's word when its start is over, with what failed and why. */
async function settled({ api, ssh, name }: LabNode, vmid: number): Promise<string> {
  const inside = (...command: string[]) =>
    api.call<Outcome>('POST', `/nodes/${name}/lxc/${vmid}/exec`, { command, timeout: 120 });
  const until = Date.now() + 2 * minute;
  let last: Outcome;
  do {
    last = await inside('systemctl', 'is-system-running', '--wait');
    // At first systemd does not listen yet.
    if (last.stdout.trim() !== '') break;
    await delay(1000);
  } while (Date.now() < until);
  const word = last.stdout.trim();
  if (word === 'running') return word;
  const failed = await inside('systemctl', '--failed', '--no-legend', '--plain');
  const log = await inside('journalctl', '--boot', '--no-pager', '--priority=warning', '--lines=30');
  const host = await ssh.output(['sh', '-c', "dmesg | grep -i 'apparmor=\"DENIED' | tail -15 || true"]);
  return [word, last.stderr, failed.stdout, log.stdout, host].join('\n');
}

/** And looks that nothing of it is left. */
async function stopAndForget({ api, ssh, name }: LabNode, vmid: number): Promise<void> {
  const path = `/nodes/${name}/lxc/${vmid}`;
  await api.waitTask(await api.call<string>('POST', `${path}/status/shutdown`, { timeout: 60 }), 2 * minute);
  await api.waitTask(await api.call<string>('DELETE', path), 2 * minute);
  expect(await ssh.output(['sh', '-c', `grep -c /lxc/${vmid}/ /proc/self/mounts || true`])).toBe('0');
  expect(await ssh.output(['sh', '-c', `ip -br link | grep -c veth${vmid} || true`])).toBe('0');
  expect(await ssh.output(['sh', '-c', `ls -d /sys/fs/cgroup/croft.lxc/${vmid} 2>/dev/null | wc -l`])).toBe(
    '0',
  );
  expect(
    await ssh.output(['sh', '-c', `ls -d /var/lib/croft/local/images/${vmid} 2>/dev/null | wc -l`]),
  ).toBe('0');
}
