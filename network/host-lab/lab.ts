// Network namespaces for host tests: a router (where the private network is made), guests behind it, and an outside.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { exec } from '../../server/core/exec.ts';

export interface GuestLease {
  readonly address: string;
  readonly netmask: string;
  readonly router: string;
  readonly dns: string;
  readonly domain: string;
  readonly seconds: number;
}

/** The address of the server outside, and of the router on that side; ranges reserved for documentation. */
export const outsideAddress = '198.51.100.1';
export const routerOutside = '198.51.100.2';

export class NetworkLab {
  readonly router: string;
  readonly outside: string;
  readonly #prefix: string;
  readonly #namespaces: string[] = [];
  readonly #servers: ChildProcess[] = [];

  private constructor(prefix: string) {
    this.#prefix = prefix;
    this.router = `${prefix}r`;
    this.outside = `${prefix}o`;
  }

  /** Makes router and outside, joined by a cable; nothing in the machine's own network is touched. */
  static async create(): Promise<NetworkLab> {
    const lab = new NetworkLab(`croft${process.pid}${Math.floor(Math.random() * 1000)}`);
    await lab.#addNamespace(lab.router);
    await lab.#addNamespace(lab.outside);
    await lab.#cable(lab.router, 'up0', lab.outside, 'down0');
    await lab.run(lab.router, 'ip', 'addr', 'add', `${routerOutside}/24`, 'dev', 'up0');
    await lab.run(lab.outside, 'ip', 'addr', 'add', `${outsideAddress}/24`, 'dev', 'down0');
    return lab;
  }

  /** Runs a program in a namespace; answers its standard output. */
  async run(netns: string, file: string, ...args: string[]): Promise<string> {
    return (await exec('ip', ['netns', 'exec', netns, file, ...args])).stdout;
  }

  /** Like `run`, for JavaScript text. */
  async evaluate(netns: string, script: string): Promise<string> {
    return (await this.run(netns, process.execPath, '--input-type=module', '-e', script)).trim();
  }

  /** A guest whose cable ends in the bridge, without an address. */
  async addGuest(bridge: string, mac: string): Promise<string> {
    const number = this.#namespaces.length;
    const guest = `${this.#prefix}g${number}`;
    await this.#addNamespace(guest);
    await this.#cable(this.router, `tap${number}`, guest, 'eth0');
    await this.run(guest, 'ip', 'link', 'set', 'eth0', 'address', mac);
    await this.run(this.router, 'ip', 'link', 'set', `tap${number}`, 'master', bridge);
    return guest;
  }

  /** Asks for a lease and configures the guest with it, as its DHCP client would. */
  async lease(guest: string, mac: string, name = ''): Promise<GuestLease> {
    await this.run(guest, 'ip', 'route', 'replace', 'default', 'dev', 'eth0');
    const client = fileURLToPath(new URL('./dhcp-client.ts', import.meta.url));
    const lease = JSON.parse(
      await this.run(guest, process.execPath, client, 'eth0', mac, name),
    ) as GuestLease;
    await this.run(guest, 'ip', 'addr', 'replace', `${lease.address}/24`, 'dev', 'eth0');
    await this.run(guest, 'ip', 'route', 'replace', 'default', 'via', lease.router);
    return lease;
  }

  /** The IPv4 addresses of a name, asked of one server from inside a namespace. */
  async resolve(netns: string, server: string, name: string): Promise<string> {
    return this.evaluate(
      netns,
      `import { Resolver } from 'node:dns/promises';
       const r = new Resolver({ timeout: 1000, tries: 2 }); r.setServers(['${server}']);
       console.log(await r.resolve4('${name}').then((a) => a.join(), (e) => e.code));`,
    );
  }

  /** A web server that answers with the address it was asked from. */
  async serveWeb(netns: string, address: string, port: number): Promise<void> {
    await this.serve(
      netns,
      `import { createServer } from 'node:http';
       createServer((q, a) => a.end(q.socket.remoteAddress)).listen(${port}, '${address}', () => console.log('ready'));`,
    );
  }

  /** Starts a script that prints a line when it is ready and then runs until `remove`. */
  async serve(netns: string, script: string): Promise<void> {
    const args = ['netns', 'exec', netns, process.execPath, '--input-type=module', '-e', script];
    const server = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#servers.push(server);
    await once(server.stdout, 'data');
  }

  /** What the web server answers, or the error's code. */
  async fetch(netns: string, url: string): Promise<string> {
    return this.evaluate(
      netns,
      `console.log(await fetch('${url}', { signal: AbortSignal.timeout(2000) })
         .then((r) => r.text(), (e) => e.cause?.code ?? e.name));`,
    );
  }

  /** Ends the servers and takes the namespaces away, with all links and rules in them. */
  async remove(): Promise<void> {
    for (const server of this.#servers) {
      if (server.exitCode !== null) continue;
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    for (const name of this.#namespaces) await exec('ip', ['netns', 'delete', name]);
  }

  async #addNamespace(name: string): Promise<void> {
    await exec('ip', ['netns', 'add', name]);
    this.#namespaces.push(name);
    await this.run(name, 'ip', 'link', 'set', 'lo', 'up');
    // A namespace begins with what the machine has; ours begin as a fresh machine, whatever this one does.
    await this.run(name, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward');
  }

  async #cable(a: string, aName: string, b: string, bName: string): Promise<void> {
    const args = ['link', 'add', aName, 'netns', a, 'type', 'veth', 'peer', 'name', bName, 'netns', b];
    await exec('ip', args);
    await this.run(a, 'ip', 'link', 'set', aName, 'up');
    await this.run(b, 'ip', 'link', 'set', bName, 'up');
  }
}
