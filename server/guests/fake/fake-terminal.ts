// A terminal in which nothing runs: it greets, shows what is typed, and ends with Ctrl-D.
import type { Terminal } from '../../core/terminal.ts';

const endOfFile = 0x04;

export function openFakeTerminal(name: string): Terminal {
  const listeners: ((data: Buffer) => void)[] = [];
  const endings: (() => void)[] = [];
  let ended = false;
  const show = (data: Buffer) => {
    for (const listener of listeners) listener(data);
  };
  const end = () => {
    ended = true;
    for (const listener of endings.splice(0)) listener();
  };
  return {
    write(data) {
      if (ended) return;
      if (data.includes(endOfFile)) end();
      else show(Buffer.from(data.toString().replaceAll('\r', '\r\n$ ')));
    },
    resize() {},
    pause() {},
    resume() {},
    onData(listener) {
      listeners.push(listener);
      if (listeners.length === 1) listener(Buffer.from(`${name}: nothing runs here, it only echoes\r\n$ `));
    },
    onEnd(listener) {
      if (ended) listener();
      else endings.push(listener);
    },
    close: end,
  };
}
