// Runs commands in a named network namespace, so that everything here can be pointed at a network other than the host's.
import type { Exec } from '../server/core/exec.ts';

/** `[file, ...args]` as it must be started to run in the namespace; unchanged without one. */
export function commandIn(netns: string | undefined, file: string, args: readonly string[]): string[] {
  return netns === undefined ? [file, ...args] : ['ip', 'netns', 'exec', netns, file, ...args];
}

/** An Exec whose programs all run in the namespace; the same Exec without one. */
export function execIn(exec: Exec, netns: string | undefined): Exec {
  if (netns === undefined) return exec;
  return (file, args, options) => {
    const [program, ...rest] = commandIn(netns, file, args);
    return exec(program as string, rest, options);
  };
}
