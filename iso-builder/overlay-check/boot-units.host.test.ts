// Scripts that act on how the machine was booted, in a root of their own: units made by the generator, and the unattended installation.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';

const lib = (path: string): string => fileURLToPath(new URL(`../overlay/usr/lib/${path}`, import.meta.url));
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'croft-boot-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text = '', mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
  chmodSync(join(root, path), mode);
}

describe.each(['dash', 'busybox sh'])('croft-generator by %s', (shell) => {
  async function generate(): Promise<Record<string, string>> {
    const [program = '', ...words] = shell.split(' ');
    const units = join(root, 'units');
    await exec(program, [...words, lib('systemd/system-generators/croft-generator'), units, units, units], {
      env: { CROFT_GENERATOR_ROOT: root },
    });
    if (!existsSync(units)) return {};
    return Object.fromEntries(
      readdirSync(units, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => [
          join(entry.parentPath, entry.name).slice(units.length + 1),
          entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), 'utf8') : 'link',
        ]),
    );
  }

  it('makes nothing on a machine that is no appliance', async () => {
    expect(await generate()).toEqual({});
  });

  const kernel = 'croft.service.d/30-croft-kernel.conf';

  it('only names the kernel of the medium in a live system', async () => {
    put('run/croft-boot/mode', 'live\n');
    put('proc/cmdline', 'BOOT_IMAGE=/croft/vmlinuz croft.medium=CROFT quiet *\n');
    const units = await generate();
    expect(Object.keys(units)).toEqual([kernel]);
    expect(units[kernel]).toContain('CROFT_KVM_PROBE_KERNEL=/run/croft-boot/medium/croft/vmlinuz\n');
  });

  it.each(['croft.answer=auto', 'croft.answer=https://192.0.2.1/a.toml?x=1'])(
    'wants the unattended installation for %s',
    async (word) => {
      put('run/croft-boot/mode', 'live\n');
      put('proc/cmdline', `quiet ${word} croft.medium=CROFT\n`);
      expect(Object.keys(await generate()).sort()).toEqual([
        kernel,
        'multi-user.target.wants/croft-autoinstall.service',
      ]);
    },
  );

  it('never wants it on an installed system, which mounts its local volume', async () => {
    put('run/croft-boot/mode', 'installed\n');
    put('run/croft-boot/slot', 'A\n');
    put('proc/cmdline', 'croft.slot=A croft.answer=auto\n');
    const units = await generate();
    expect(Object.keys(units).sort()).toEqual([
      kernel,
      'croft.service.d/40-croft-local.conf',
      'croft.service.d/50-croft-installed.conf',
      'dev-croft-local.device.d/50-croft.conf',
      'local-fs.target.wants/var-lib-croft-local.mount',
      'var-lib-croft-local.mount',
    ]);
    expect(units[kernel]).toContain('CROFT_KVM_PROBE_KERNEL=/run/croft-boot/system/A/vmlinuz\n');
    expect(units['var-lib-croft-local.mount']).toContain('Options=nofail');
    // A disk that comes late has its volume mounted when it comes.
    expect(units['dev-croft-local.device.d/50-croft.conf']).toContain('Wants=var-lib-croft-local.mount');
    expect(units['croft.service.d/50-croft-installed.conf']).toContain('CROFT_PRIVATE_BRIDGE=vmbr1');
  });

  it('leaves the private bridge to the settings', async () => {
    put('run/croft-boot/mode', 'installed\n');
    put('etc/croft/croft.toml', 'privateBridge = ""\n');
    expect(Object.keys(await generate())).not.toContain('croft.service.d/50-croft-installed.conf');
  });

  it('on trial every way that does not reach the health check ends in a reboot', async () => {
    put('run/croft-boot/mode', 'installed');
    put('run/croft-boot/trial');
    const units = await generate();
    expect(units['multi-user.target.wants/croft-trial.service']).toBe('link');
    expect(units['multi-user.target.d/50-croft-trial.conf']).toContain('JobTimeoutAction=reboot-force');
    expect(units['emergency.service.d/50-croft-trial.conf']).toContain(
      'ExecStart=\nExecStart=/usr/bin/systemctl',
    );
    expect(Object.keys(units)).toContain('rescue.service.d/50-croft-trial.conf');
  });
});

describe('autoinstall', () => {
  let server: Server | undefined;
  let daemon: ReturnType<typeof createSocket> | undefined;

  beforeEach(async () => {
    // Programs that must not touch this machine, and one that stands for the command line.
    put(
      'bin/croft',
      `#!/bin/sh\necho "called: $*"; cat "$4" > ${root}/got; exit "$(cat ${root}/exit)"\n`,
      0o755,
    );
    put('bin/udevadm', '#!/bin/sh\n', 0o755);
    put('bin/lsblk', `#!/bin/sh\ncat ${root}/devices\n`, 0o755);
    put(
      'bin/mount',
      `#!/bin/sh\necho "mount $*" >> ${root}/mounts\nfor last; do :; done\ncp ${root}/stick/* "$last"\n`,
      0o755,
    );
    put('bin/umount', '#!/bin/sh\nrm -f "$1"/*\n', 0o755);
    put('exit', '0');
    put('devices', '');
    mkdirSync(join(root, 'run/croft'), { recursive: true });
    daemon = createSocket().listen(join(root, 'run/croft/croft.sock'));
  });
  afterEach(() => {
    server?.close();
    server = undefined;
    daemon?.close();
  });

  async function run(cmdline: string) {
    put('proc/cmdline', `${cmdline}\n`);
    const { exitCode, stdout } = await exec('dash', [lib('croft/boot/autoinstall')], {
      env: { CROFT_AUTOINSTALL_ROOT: root, PATH: `${root}/bin:${process.env['PATH']}` },
      okExitCodes: [0, 1],
    });
    const at = (path: string) =>
      existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
    return {
      exitCode,
      stdout,
      got: at('got'),
      failed: at('run/croft/autoinstall/failed'),
      mounts: at('mounts'),
    };
  }
  const answersLeft = () => existsSync(join(root, 'run/croft/autoinstall/answers.toml'));

  it('takes the file of the medium, and leaves none behind', async () => {
    put('run/croft-boot/medium/croft/answer.toml', 'on the medium');
    const { exitCode, stdout, got } = await run('croft.answer=auto');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('answer file: /run/croft-boot/medium/croft/answer.toml');
    expect(stdout).toContain('called: installer run --answers');
    expect(stdout).toContain('--yes');
    expect(got).toBe('on the medium');
    expect(answersLeft()).toBe(false);
  });

  it('else that of a stick, never that of a fixed disk', async () => {
    put('stick/croft-answer.toml', 'on the stick');
    put('devices', '/dev/sda1 ext4 0 0\n/dev/sdb 1 1\n/dev/sdb1 vfat 1 1\n/dev/sdb2 LVM2_member 1 1\n');
    const { got, mounts } = await run('croft.answer=auto');
    expect(got).toBe('on the stick');
    expect(mounts?.trim().split('\n')).toEqual([
      `mount -t vfat -o ro,nosuid,nodev,noexec /dev/sdb1 ${root}/run/croft/autoinstall/mount`,
    ]);
  });

  it('or fetches it', async () => {
    server = createServer((_request, response) => void response.end('from the network'));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect((await run(`quiet croft.answer=http://127.0.0.1:${port}/a.toml`)).got).toBe('from the network');
  });

  it.each([
    ['no file', 'croft.answer=auto', 'no answer file'],
    ['a file address', 'croft.answer=file:///etc/shadow', 'must be auto, or an address'],
    ['no word', 'quiet', 'no croft.answer='],
  ])('says why it failed: %s', async (_what, cmdline, reason) => {
    const { exitCode, stdout, failed, got } = await run(cmdline);
    expect(exitCode).toBe(1);
    expect(failed).toContain(reason);
    expect(stdout).toContain(`FAILED: `);
    expect(got).toBeUndefined();
  });

  it('refuses a file that cannot be an answer file', async () => {
    put('run/croft-boot/medium/croft/answer.toml', 'x'.repeat(70_000));
    expect((await run('croft.answer=auto')).failed).toContain('longer than');
  });

  it('says that the installation failed, with its last words', async () => {
    put('exit', '1');
    put('run/croft-boot/medium/croft/answer.toml', 'a');
    const { exitCode, failed } = await run('croft.answer=auto');
    expect(exitCode).toBe(1);
    expect(failed).toContain('the installation failed');
    expect(answersLeft()).toBe(false);
  });
});
