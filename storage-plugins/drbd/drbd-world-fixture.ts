// Two made-up nodes with LVM and DRBD between them, for tests.
import { AppError } from '../../server/core/errors.ts';
import { commandFailed, type Exec } from '../../server/core/exec.ts';
import type { DrbdNode } from './drbd-node.ts';
import { createDrbdPlugin, type DrbdPluginParts } from './drbd-plugin.ts';

interface FakeVolume {
  sizeBytes: number;
  tags: Set<string>;
  metadata: boolean;
}

interface FakeMirror {
  role: 'Primary' | 'Secondary';
  disk: string;
  open: boolean;
  twoPrimaries: boolean;
}

export class FakeNode implements DrbdNode {
  readonly name: string;
  readonly volumes = new Map<string, FakeVolume>();
  readonly files = new Map<string, string>();
  readonly mirrors = new Map<string, FakeMirror>();
  readonly calls: string[] = [];
  reachable = true;
  /** Programs' calls that hold one of the texts fail. */
  readonly failing = new Set<string>();
  /** Mirrors are still being copied for so many looks at them. */
  syncingLooks = 0;
  #peer: FakeNode | undefined;

  constructor(name: string) {
    this.name = name;
  }

  set peer(peer: FakeNode) {
    this.#peer = peer;
  }

  #requireReachable(): void {
    if (!this.reachable) throw new AppError('unavailable', `node ${this.name} does not answer`);
  }

  exec: Exec = async (file, args, options = {}) => {
    this.#requireReachable();
    const text = [file, ...args].join(' ');
    this.calls.push(text);
    const fail = (complaint: string): never => {
      throw commandFailed(options.intention ?? file, text, 5, complaint);
    };
    if ([...this.failing].some((part) => text.includes(part))) fail('a fault of the test');
    const stdout = file === 'drbdadm' ? this.#drbdadm(args, fail) : this.#lvm(file, [...args], fail);
    return { exitCode: 0, stdout, stderr: '' };
  };

  async writeFile(path: string, text: string): Promise<void> {
    this.#requireReachable();
    this.files.set(path, text);
  }

  async removeFile(path: string): Promise<void> {
    this.#requireReachable();
    this.files.delete(path);
  }

  async readFile(path: string): Promise<string> {
    this.#requireReachable();
    if (path !== '/proc/drbd') return this.files.get(path) ?? '';
    const isSyncing = this.syncingLooks > 0;
    if (isSyncing) this.syncingLooks -= 1;
    const blocks = [...this.mirrors].map(([resource, mirror]) => {
      const number = /minor (\d+)/.exec(this.files.get(`/etc/drbd.d/${resource}.res`) ?? '')?.[1];
      const other = this.#peer?.reachable ? this.#peer.mirrors.get(resource) : undefined;
      const connection = isSyncing ? 'SyncSource' : other ? 'Connected' : 'WFConnection';
      const percent = isSyncing ? "\t[=>..] sync'ed: 12.5% (3584/4096)K\n" : '';
      return ` ${number}: cs:${connection} ro:${mirror.role}/${other?.role ?? 'Unknown'} ds:${mirror.disk}/${other?.disk ?? 'DUnknown'} C r-----\n    ns:0 nr:0 oos:0\n${percent}`;
    });
    return `version: 8.4.11 (api:1/proto:86-101)\nsrcversion: 0123\n${blocks.join('')}`;
  }

  #lvm(file: string, args: string[], fail: (complaint: string) => never): string {
    const rest = args.slice(2);
    const after = (flag: string) => rest[rest.indexOf(flag) + 1]!;
    const all = (flag: string) => rest.flatMap((word, at) => (rest[at - 1] === flag ? [word] : []));
    const at = () => {
      const name = rest.at(-1)!.split('/')[1]!;
      return { name, volume: this.volumes.get(name) ?? fail(`Failed to find logical volume "vg/${name}"`) };
    };
    switch (file) {
      case 'vgs':
        return JSON.stringify({
          report: [
            {
              vg: [
                {
                  vg_name: 'vg',
                  vg_uuid: 'u',
                  vg_size: '107374182400',
                  vg_free: '53687091200',
                  vg_attr: 'wz--n-',
                  vg_extent_size: '4194304',
                  vg_missing_pv_count: '0',
                },
              ],
            },
          ],
        });
      case 'lvs':
        return JSON.stringify({
          report: [
            {
              lv: [...this.volumes].map(([name, { sizeBytes, tags }]) => ({
                lv_name: name,
                lv_size: String(sizeBytes),
                lv_attr: '-wi-a-----',
                lv_tags: [...tags].join(','),
                lv_time: '1700000000',
              })),
            },
          ],
        });
      case 'lvcreate': {
        const name = after('--name');
        if (this.volumes.has(name)) fail(`Logical Volume "${name}" already exists in volume group "vg"`);
        const size = Number(
          (rest.includes('--size') ? after('--size') : after('--virtualsize')).replace('b', ''),
        );
        const sizeBytes = Math.ceil(size / 4194304) * 4194304;
        this.volumes.set(name, { sizeBytes, tags: new Set(all('--addtag')), metadata: false });
        return '';
      }
      case 'lvremove':
        this.volumes.delete(at().name);
        return '';
      case 'lvrename': {
        const [from, to] = rest.slice(-2);
        const volume = this.volumes.get(from!) ?? fail(`Failed to find logical volume "vg/${from}"`);
        this.volumes.delete(from!);
        this.volumes.set(to!, volume);
        return '';
      }
      case 'lvextend':
        at().volume.sizeBytes = Math.ceil(Number(after('--size').replace('b', '')) / 4194304) * 4194304;
        return '';
      case 'lvchange': {
        if (!rest.includes('--addtag') && !rest.includes('--deltag')) return '';
        const { tags } = at().volume;
        for (const tag of all('--deltag')) tags.delete(tag);
        for (const tag of all('--addtag')) tags.add(tag);
        return '';
      }
      case 'qemu-img':
        return JSON.stringify({ 'virtual-size': 5000 });
      default:
        throw new Error(`a program that the fake does not know: ${file}`);
    }
  }

  #drbdadm(args: readonly string[], fail: (complaint: string) => never): string {
    const words = args.filter((word) => !word.startsWith('-'));
    const [verb, resource = ''] = words;
    const text = this.files.get(`/etc/drbd.d/${resource}.res`);
    if (text === undefined) fail(`'${resource}' not defined in your config (for this host).`);
    const volume = this.volumes.get(/disk \/dev\/vg\/(\S+);/.exec(text!)![1]!);
    const mirror = this.mirrors.get(resource);
    const other = this.#peer?.reachable ? this.#peer.mirrors.get(resource) : undefined;
    switch (verb) {
      case 'create-md':
        volume!.metadata = true;
        return '';
      case 'adjust':
        if (!volume?.metadata) fail('No valid meta-data signature found.');
        if (!mirror)
          this.mirrors.set(resource, {
            role: 'Secondary',
            disk: other ? other.disk : 'Inconsistent',
            open: false,
            twoPrimaries: false,
          });
        return '';
      case 'down':
        if (mirror?.open) fail('State change failed: (-12) Device is held open by someone');
        this.mirrors.delete(resource);
        return '';
      case 'cstate':
        return mirror ? (other ? 'Connected' : 'WFConnection') : 'Unconfigured';
      case 'primary':
        if (!args.includes('--force') && mirror!.disk !== 'UpToDate')
          fail('State change failed: (-2) Need access to UpToDate data');
        if (other?.role === 'Primary' && !mirror!.twoPrimaries)
          fail('State change failed: (-1) Multiple primaries not allowed by config');
        mirror!.role = 'Primary';
        if (args.includes('--force')) {
          mirror!.disk = 'UpToDate';
          if (other) other.disk = 'UpToDate';
        }
        return '';
      case 'secondary':
        if (mirror!.open) fail('State change failed: (-12) Device is held open by someone');
        mirror!.role = 'Secondary';
        return '';
      case 'new-current-uuid':
        mirror!.disk = 'UpToDate';
        if (other) other.disk = 'UpToDate';
        return '';
      case 'resize':
        if (mirror!.role !== 'Primary' && other?.role !== 'Primary') fail('Need one Primary node to resize.');
        return '';
      case 'net-options':
        mirror!.twoPrimaries = args.includes('--allow-two-primaries=yes');
        return '';
      default:
        throw new Error(`a drbdadm call that the fake does not know: ${args.join(' ')}`);
    }
  }
}

export const drbdOptions = {
  vgname: 'vg',
  peers: 'pve1=10.0.0.1,pve2=10.0.0.2',
  secret: 'a-secret-of-the-two',
};

export function makeDrbdWorld(
  options: Readonly<Record<string, unknown>> = drbdOptions,
  run?: DrbdPluginParts['run'],
) {
  const nodes = { pve1: new FakeNode('pve1'), pve2: new FakeNode('pve2') };
  nodes.pve1.peer = nodes.pve2;
  nodes.pve2.peer = nodes.pve1;
  const onNode = (name: string) => nodes[name as keyof typeof nodes];
  const parts = { wait: { stepMs: 1, limitMs: 5 }, ...(run ? { run } : {}) };
  const plugin = (local: string) => createDrbdPlugin(local, onNode, parts);
  const open = (local: string) => plugin(local).open('mirror', options);
  return { ...nodes, plugin, open };
}
