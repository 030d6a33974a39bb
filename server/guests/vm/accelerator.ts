// Whether VMs run on KVM or are emulated (TCG): KVM only when it is proven to boot a Linux kernel on this machine.
import { access, constants, readdir } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';

export interface Accelerator {
  readonly accelerator: 'kvm' | 'tcg';
  /** In plain words, for people. */
  readonly reason: string;
}

export interface AcceleratorOptions {
  /** Default `/dev/kvm`. */
  device?: string;
  /** The kernel to boot; default the first of `/boot/vmlinuz-*`. */
  kernel?: string;
  /** Where kernels are looked for; default `/boot`. */
  bootDir?: string;
  /** Default `qemu-system-x86_64`. */
  qemu?: string;
  /** Milliseconds for the boot; default 20,000. On KVM a kernel is through in about a second, in a VM of a busy machine in twelve. */
  timeoutMs?: number;
}

const defaults = {
  device: '/dev/kvm',
  bootDir: '/boot',
  qemu: 'qemu-system-x86_64',
  timeoutMs: 20_000,
};

const crashed =
  'hardware virtualization is present, but a Linux kernel does not boot with it: VMs are emulated';
/** Before that is the answer, which is kept: in a VM of a busy machine single boots end too early. */
const mostBoots = 3;

/** Tries; takes up to `timeoutMs` for each boot. Never rejects for a reason that means "no KVM", only when `signal` aborts. */
export async function detectAccelerator(
  exec: Exec,
  options: AcceleratorOptions = {},
  signal?: AbortSignal,
): Promise<Accelerator> {
  const { device, qemu, timeoutMs } = { ...defaults, ...options };
  const unusable = await whyUnusable(device);
  if (unusable) return tcg(unusable);
  const kernel = await findKernel(options);
  if (!kernel) {
    return tcg(
      'this machine offers hardware virtualization, but there is no Linux kernel to prove it with: VMs are emulated',
    );
  }
  const boot = async (): Promise<Accelerator> => {
    try {
      const { stdout } = await exec(qemu, probeArguments(kernel), {
        timeoutMs,
        signal,
        intention: 'try hardware virtualization',
        maxBytes: 1024 * 1024,
      });
      return readBootOutput(stdout);
    } catch (error) {
      return readProbeFailure(error, timeoutMs);
    }
  };
  let answer = await boot();
  for (let boots = 1; answer.reason === crashed && boots < mostBoots; boots += 1) answer = await boot();
  return answer;
}

/**
 * Changes whenever the answer may change, so that a stored one can be kept until then: host kernel, QEMU, processor,
 * presence of the device, kernel tried.
 */
export async function acceleratorCacheKey(exec: Exec, options: AcceleratorOptions = {}): Promise<string> {
  const { device, qemu } = { ...defaults, ...options };
  const version = await exec(qemu, ['--version'], { intention: 'ask QEMU for its version' }).then(
    ({ stdout }) => stdout.split('\n')[0] ?? '',
    () => 'no QEMU',
  );
  const usable = (await whyUnusable(device)) === undefined ? 'usable' : 'unusable';
  const kernel = (await findKernel(options)) ?? 'no kernel';
  return [release(), version, cpus()[0]?.model ?? '', usable, kernel].join('|');
}

/** A machine with a serial port and nothing else; the kernel panics for want of a disk and QEMU ends instead of rebooting. */
export function probeArguments(kernel: string): string[] {
  return [
    ...['-accel', 'kvm', '-cpu', 'host', '-m', '256', '-nodefaults', '-no-user-config', '-no-reboot'],
    ...['-display', 'none', '-serial', 'stdio', '-kernel', kernel],
    ...['-append', 'console=ttyS0 panic=-1'],
  ];
}

/** What the guest wrote on its serial port until QEMU ended by itself. */
function readBootOutput(serial: string): Accelerator {
  if (serial.includes('Linux version') && serial.includes('Kernel panic')) {
    return { accelerator: 'kvm', reason: 'hardware virtualization works: a Linux kernel booted with it' };
  }
  return tcg(crashed);
}

function readProbeFailure(error: unknown, timeoutMs: number): Accelerator {
  const code = error instanceof AppError ? error.code : undefined;
  if (code === 'cancelled') throw error;
  if (code === 'unavailable') return tcg('QEMU is not installed: nothing can use hardware virtualization');
  if (code === 'timeout') {
    const seconds = Math.round(timeoutMs / 1000);
    return tcg(
      `hardware virtualization is present, but a Linux kernel did not boot with it within ${seconds} seconds: VMs are emulated`,
    );
  }
  return tcg('hardware virtualization is present, but QEMU fails with it: VMs are emulated');
}

function tcg(reason: string): Accelerator {
  return { accelerator: 'tcg', reason };
}

async function whyUnusable(device: string): Promise<string | undefined> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing
      ? 'this machine offers no hardware virtualization (it may be switched off in the firmware): VMs are emulated'
      : 'hardware virtualization is present, but this program may not use it: VMs are emulated';
  }
}

async function findKernel(options: AcceleratorOptions): Promise<string | undefined> {
  if (options.kernel !== undefined) return options.kernel;
  const bootDir = options.bootDir ?? defaults.bootDir;
  const names = await readdir(bootDir).catch(() => []);
  const first = names.filter((name) => name.startsWith('vmlinuz-')).sort()[0];
  return first === undefined ? undefined : `${bootDir}/${first}`;
}
