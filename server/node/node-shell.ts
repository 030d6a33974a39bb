// The node's own terminal: who gets a shell at once, who is asked for name and password, and which programs those are.
import { existsSync } from 'node:fs';
import { AppError } from '../core/errors.ts';
import type { OpenTerminal, Terminal, TerminalSize } from '../core/terminal.ts';

export interface NodeShell {
  /** `root`: a shell of root without a question; `login`: whoever knows an account of the node. Throws `unsupported`. */
  open(as: 'root' | 'login', size: TerminalSize): Terminal;
}

/** login(1) makes the session like every other: limits, variables, who(1). It leads the shell's session and ends with it. */
export function createNodeShell(parts: {
  readonly openTerminal: OpenTerminal;
  readonly exists?: (path: string) => boolean;
}): NodeShell {
  const { openTerminal, exists = existsSync } = parts;
  return {
    open(as, size) {
      const login = ['/usr/bin/login', '/bin/login'].find(exists);
      if (login !== undefined) return openTerminal(login, as === 'root' ? ['-f', 'root'] : [], size);
      const shell = ['/bin/bash', '/bin/sh'].find(exists);
      if (as === 'login' || shell === undefined)
        throw new AppError('unsupported', 'the login program is not installed on this node');
      const variables = ['HOME=/root', 'USER=root', 'LOGNAME=root', `SHELL=${shell}`];
      return openTerminal('/usr/bin/env', ['--chdir=/root', ...variables, shell, '-l'], size);
    },
  };
}
