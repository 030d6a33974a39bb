// Name servers of this node: read from what really answers, changed where this system keeps them.
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DnsSettings } from '../contract/node-settings.ts';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { hostBridge } from '../core/host-network.ts';
import { replaceText } from './replace-file.ts';
import { checkDns, readResolvConf, renderDnsDropIn, renderResolvConf } from './resolv-conf.ts';

/** The list that systemd-resolved keeps of the servers it asks (systemd-resolved.service(8)). */
const resolvedList = 'run/systemd/resolve/resolv.conf';
const bridgeUnit = `etc/systemd/network/20-croft-${hostBridge}.network`;
const quickly = { timeoutMs: 10_000, intention: 'change the name servers' };

export interface NodeDns {
  read(): Promise<DnsSettings>;
  /** Throws `invalid-input`; `unsupported` where neither the file nor Croft's network decides. */
  write(wanted: DnsSettings): Promise<void>;
}

/** `root` is replaced in tests. */
export function createNodeDns({
  exec,
  root = '/',
}: {
  readonly exec: Exec;
  readonly root?: string;
}): NodeDns {
  const plainFile = join(root, 'etc/resolv.conf');
  const unit = join(root, bridgeUnit);
  const dropIn = `${unit}.d/60-croft-dns.conf`;

  /** Is /etc/resolv.conf a link into what resolved writes? */
  async function isResolved(): Promise<boolean> {
    const target = await realpath(plainFile).catch(() => '');
    return target.includes('/run/systemd/resolve/');
  }

  const textOf = (path: string) => readFile(path, 'utf8').catch(() => '');

  /**
   * The drop-in is for the next start, resolvectl(1) for now: networkd keeps addresses and leases as they are. With nothing set
   * the network's own servers count again.
   */
  async function writeUnit(text: string | undefined, servers: readonly string[], domains: readonly string[]) {
    if (!existsSync(unit))
      throw new AppError(
        'unsupported',
        `name servers come from the network here, and Croft does not set up '${hostBridge}': they cannot be changed`,
      );
    const before = await readFile(dropIn, 'utf8').catch(() => undefined);
    const put = async (content: string | undefined) => {
      if (content === undefined) return await rm(dropIn, { force: true });
      await mkdir(dirname(dropIn), { recursive: true });
      await replaceText(dropIn, content);
    };
    await put(text);
    try {
      await exec('resolvectl', ['revert', hostBridge], quickly);
      if (text === undefined) {
        await exec('networkctl', ['reload'], quickly);
        return;
      }
      if (servers.length > 0) await exec('resolvectl', ['dns', hostBridge, ...servers], quickly);
      if (domains.length > 0) await exec('resolvectl', ['domain', hostBridge, ...domains], quickly);
    } catch (error) {
      await put(before);
      throw error;
    }
  }

  return {
    async read() {
      const text = (await isResolved()) ? await textOf(join(root, resolvedList)) : await textOf(plainFile);
      return readResolvConf(text);
    },
    async write(wanted) {
      const { servers, domains } = checkDns(wanted);
      if (await isResolved()) return await writeUnit(renderDnsDropIn(servers, domains), servers, domains);
      await replaceText(plainFile, renderResolvConf(await textOf(plainFile), servers, domains));
    },
  };
}
