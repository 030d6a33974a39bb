// The list of a container's mounts that its stop hook works through.
import { appendFileSync, existsSync, unlinkSync } from 'node:fs';

/** Notes a mount point before it is used: whoever comes after a crash finds it. */
export function noteMount(file: string, point: string): void {
  appendFileSync(file, `${point}\n`, { mode: 0o600 });
}

export function forgetMounts(file: string): void {
  if (existsSync(file)) unlinkSync(file);
}
