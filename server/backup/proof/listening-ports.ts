// What a container's programs listen on, by the kernel's word: `/proc/<pid>/net/tcp` of its init, which shows its own network. Pure.

/** The state of a socket that waits for connections (proc_pid_net(5)). */
const listening = '0A';

/** Ports by the text of `tcp` or `tcp6`; lines that are none of it are passed over. */
export function listeningPorts(text: string): Set<number> {
  const ports = new Set<number>();
  for (const line of text.split('\n')) {
    const match = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /.exec(line);
    if (match?.[2] === listening) ports.add(Number.parseInt(match[1]!, 16));
  }
  return ports;
}
