// The lab's own machines, tried with the tiny guest: monitor, console, screen, power, cables, saved states, and no left-overs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidenceFolder } from './evidence.ts';
import { useMachine } from './fixture.ts';
import { makeDisk, workFolder } from './lab-cache.ts';
import { Machine } from './machine.ts';
import type { MachineSpec } from './machine-spec.ts';
import { folderOf, identify, qemuPid, recordedIds, sweep } from './run-folder.ts';
import { tinyGuest } from './tiny-guest.ts';

const upMs = 60_000;
const answerMs = 20_000;
let kernel: NonNullable<MachineSpec['kernel']>;
let scratch = '';
const open = new Set<Machine>();

async function tiny(more: Partial<MachineSpec> = {}): Promise<Machine> {
  const machine = await Machine.create({ name: 'tiny', memoryMiB: 256, kernel, ...more });
  open.add(machine);
  return machine;
}

/** Runs a line in the guest's shell; the answer stands between marks that the echo of the line does not have. */
async function ask(machine: Machine, line: string): Promise<string> {
  machine.serial.skip();
  await machine.serial.send(`echo "<""<$(${line})>"">"\n`);
  return (await machine.serial.waitFor(/<<([\s\S]*?)>>/, answerMs))[1]!;
}

beforeAll(async () => {
  kernel = await tinyGuest();
  scratch = mkdtempSync(join(tmpdir(), 'croft-lab-'));
});

afterAll(async () => {
  for (const machine of open) await machine.dispose();
  rmSync(scratch, { recursive: true, force: true });
});

describe('a machine with disks, two cards and a watchdog', () => {
  let machine: Machine;

  beforeAll(async () => {
    const disks = await Promise.all(
      ['a', 'b'].map((name) => makeDisk(join(scratch, `${name}.qcow2`), 64 * 1024 ** 2)),
    );
    machine = await tiny({
      disks: disks.map((path) => ({ path, format: 'qcow2' })),
      nics: [
        { kind: 'user', forward: [8006] },
        { kind: 'private', segment: 23_017 },
      ],
    });
    await machine.start();
    await machine.serial.waitFor(/TINY-READY/, upMs);
  });

  it('answers on its console, from the first line on', async () => {
    expect(await ask(machine, 'expr 6 \\* 7')).toBe('42');
    expect(machine.serial.transcript()).toContain('TINY-READY');
    await expect(machine.serial.waitFor(/never printed/, 300)).rejects.toThrow(
      /never printed.*not within 0.3 s/,
    );
  });

  it('answers on its monitor, with QEMU’s own complaint for what does not work', async () => {
    expect(await machine.status()).toBe('running');
    await expect(machine.qmp('device_del', { id: 'nothing' })).rejects.toThrow(/device_del: .*nothing/);
  });

  it('lets another client in by its id', async () => {
    const other = Machine.attach(machine.id);
    expect(other.running).toBe(true);
    expect(await other.status()).toBe('running');
    expect(other.serial.transcript()).toContain('TINY-READY');
    other.detach();
    expect(() => Machine.attach('no-such')).toThrow(/no-such/);
  });

  it('shows its screen as a PNG', async () => {
    const png = readFileSync(await machine.screenshot(join(scratch, 'screen.png')));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // Width, in the header chunk: a screen, not a placeholder of no size.
    expect(png.readUInt32BE(16)).toBeGreaterThan(300);
  });

  it('forwards a port of the guest', async () => {
    await ask(
      machine,
      'ifconfig eth0 10.0.2.15 up; mkdir -p /www; echo from-the-guest > /www/x; httpd -h /www -p 8006',
    );
    const answer = await fetch(`http://127.0.0.1:${machine.port(8006)}/x`);
    expect(await answer.text()).toBe('from-the-guest\n');
    expect(() => machine.port(9)).toThrow(/port 9 .*not forwarded/);
  });

  it('pulls a cable and puts it back', async () => {
    const link = () => ask(machine, 'ifconfig eth1 up; cat /sys/class/net/eth1/carrier');
    expect(await link()).toBe('1');
    await machine.unplug('net1');
    expect(await link()).toBe('0');
    await machine.plug('net1');
    expect(await link()).toBe('1');
  });

  it('pulls a disk and puts it back with its content', async () => {
    const list = () => ask(machine, 'for disk in /sys/block/vd*; do cat $disk/serial; echo; done');
    await ask(machine, 'echo written-before | dd of=/dev/vdb conv=fsync 2> /dev/null');
    expect(await list()).toBe('lab-disk0\nlab-disk1');
    await machine.unplug('disk1');
    expect(await list()).toBe('lab-disk0');
    await machine.plug('disk1');
    await ask(machine, 'for i in 1 2 3 4 5 6 7 8 9; do [ -b /dev/vdb ] && break; sleep 1; done');
    expect(await list()).toBe('lab-disk0\nlab-disk1');
    expect(await ask(machine, 'head -n 1 /dev/vdb')).toBe('written-before');
    await expect(machine.unplug('disk7')).rejects.toThrow(/no 'disk7'/);
  });

  it('loses power at once, and comes back with what was flushed', async () => {
    await ask(machine, 'echo flushed | dd of=/dev/vda conv=fsync 2> /dev/null');
    await machine.cut();
    expect(machine.running).toBe(false);
    expect(qemuPid(machine.id)).toBeUndefined();
    await expect(machine.status()).rejects.toThrow(/ended/);
    machine.serial.skip();
    await machine.start();
    await machine.serial.waitFor(/TINY-READY/, upMs);
    expect(await ask(machine, 'head -n 1 /dev/vda')).toBe('flushed');
  });

  it('is reset by its watchdog when the guest hangs', async () => {
    const before = await machine.eventCount();
    machine.serial.skip();
    // Two seconds, and nobody to feed it: the shell is replaced by a program that only sleeps.
    await machine.serial.send('watchdog -T 2 -t 600 /dev/watchdog; sleep 1; killall -KILL watchdog\n');
    const event = await machine.waitEvent('WATCHDOG', upMs, before);
    expect(event.data['action']).toBe('reset');
    await machine.serial.waitFor(/TINY-READY/, upMs);
  });

  it('powers off', async () => {
    await machine.serial.send('poweroff -f\n');
    expect(await machine.waitExit(upMs)).toBe('guest-shutdown');
    expect(machine.running).toBe(false);
    await expect(machine.serial.waitFor(/anything/, upMs)).rejects.toThrow(/the machine has ended/);
  });
});

describe('a saved state', () => {
  it('goes on where it was, twice, side by side, on disks of their own', async () => {
    const state = join(scratch, 'state');
    const segment = 23_018;
    const spec = async (disk: string): Promise<Partial<MachineSpec>> => ({
      disks: [{ path: await makeDisk(join(scratch, disk), 64 * 1024 ** 2), format: 'qcow2' }],
      nics: [
        { kind: 'user', forward: [22] },
        { kind: 'private', segment },
      ],
    });
    const first = await tiny(await spec('first.qcow2'));
    await first.start();
    await first.serial.waitFor(/TINY-READY/, upMs);
    await ask(first, 'echo remembered > /tmp/memory');
    await first.saveState(state);
    expect(await first.status()).toBe('postmigrate');
    await first.dispose();

    const twins = [await tiny(await spec('one.qcow2')), await tiny(await spec('two.qcow2'))];
    for (const [index, twin] of twins.entries()) {
      await twin.start({ restoreFrom: state });
      expect(await ask(twin, 'cat /tmp/memory')).toBe('remembered');
      const mac = `52:54:00:00:aa:0${index}`;
      await ask(twin, `ifconfig eth1 hw ether ${mac} 10.88.0.${index + 1} netmask 255.255.255.0 up`);
    }
    expect(await ask(twins[0]!, 'ping -c 3 -W 5 10.88.0.2 > /dev/null && echo reached')).toBe('reached');
    for (const twin of twins) await twin.dispose();
  });
});

describe('what does not start', () => {
  it('says why, and leaves nothing', async () => {
    const machine = await tiny({ disks: [{ path: join(scratch, 'no-such.qcow2'), format: 'qcow2' }] });
    await expect(machine.start()).rejects.toThrow(/no-such.qcow2/);
    expect(machine.running).toBe(false);
    await machine.dispose();
    expect(existsSync(folderOf(machine.id))).toBe(false);
  });
});

describe('a test that fails with a machine', () => {
  it('leaves what the machine said, and no machine', async () => {
    let id = '';
    const failing = useMachine(
      async () => (await tiny()).start(),
      async (machine) => {
        id = machine.id;
        await machine.serial.waitFor(/TINY-READY/, upMs);
        throw new Error('on purpose');
      },
    );
    await expect(failing).rejects.toThrow('on purpose');
    expect(recordedIds()).not.toContain(id);
    const folder = join(evidenceFolder(expect.getState().currentTestName!), id);
    expect(readFileSync(join(folder, 'serial.txt'), 'utf8')).toContain('TINY-READY');
    for (const name of ['serial.log', 'qemu.log', 'screen.png'])
      expect(existsSync(join(folder, name))).toBe(true);
    rmSync(evidenceFolder(expect.getState().currentTestName!), { recursive: true });
  });
});

describe('machines of a process that ended', () => {
  const script = fileURLToPath(new URL('start-tiny.ts', import.meta.url));

  /** Another process starts one; answers its id when it runs. */
  async function elsewhere(...words: string[]): Promise<{ child: ChildProcess; id: string }> {
    const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [data] = (await once(child.stdout!, 'data')) as [Buffer];
    return { child, id: data.toString().trim() };
  }

  async function killed(child: ChildProcess): Promise<void> {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  it('end with it, and the sweep takes their folders, but none of a living process', async () => {
    const mine = await tiny();
    await mine.start();
    const { child, id } = await elsewhere();
    const pid = qemuPid(id)!;
    expect(await sweep()).not.toContain(id);
    await killed(child);
    await expect.poll(() => identify(pid), { timeout: 5000 }).toBeUndefined();
    expect(await sweep()).toContain(id);
    expect(recordedIds()).not.toContain(id);
    expect(existsSync(workFolder(id))).toBe(false);
    expect(mine.running).toBe(true);
    await mine.dispose();
  });

  it('live on when they are to be kept, until they are ended by their id', async () => {
    const { child, id } = await elsewhere('kept');
    await killed(child);
    expect(await sweep()).not.toContain(id);
    const machine = Machine.attach(id);
    expect(await machine.status()).toBe('running');
    await machine.dispose();
    expect(machine.running).toBe(false);
    expect(recordedIds()).not.toContain(id);
  });
});
