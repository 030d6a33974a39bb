// Bare QEMU, with nothing that manages it: the limit of how fast a virtual machine can be there.
import { spawn } from 'node:child_process';

const args =
  '-nodefaults -no-user-config -display none -machine pc -accel tcg -m 64 -S -qmp stdio -vga std -device virtio-scsi-pci';

/** Milliseconds from its launch to the greeting on its monitor. Ends it again. */
export async function qemuToGreeting(): Promise<number> {
  const began = performance.now();
  const child = spawn('qemu-system-x86_64', args.split(' '), { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error('QEMU ended before its greeting')));
      child.stdout.once('data', () => resolve());
    });
    return performance.now() - began;
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}
