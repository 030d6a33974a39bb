// A program in a terminal of its own, whatever runs there.

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  write(data: Buffer): void;
  resize(columns: number, rows: number): void;
  onData(listener: (data: Buffer) => void): void;
  onEnd(listener: () => void): void;
  /** What comes is held back until `resume`; the program inside waits. */
  pause(): void;
  resume(): void;
  /** Hangs up: ends all that runs on it. */
  close(): void;
}

export type OpenTerminal = (file: string, args: readonly string[], size: TerminalSize) => Terminal;
