// What libvirt says of a disk that is being copied, and what is asked of it then.
import {
  BlockAbortFlag,
  BlockCopyFlag,
  ErrorNumber,
  LibvirtError,
  type ReconnectingLibvirt,
} from 'node-libvirt';
import { beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../core/work-context.ts';
import { DiskMirrors, readOpenDisk } from './disk-mirrors.ts';

const xml = (mirror: string) => `<domain type='kvm' id='3'><name>a&amp;b</name><devices>
  <emulator>/usr/bin/qemu-system-x86_64</emulator>
  <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
  <disk type='file' device='disk'>
    <driver name='qemu' type='qcow2' cache='none'/>
    <source file='/srv/a &amp; b/100/top.qcow2' index='2'/>
    <backingStore type='file' index='3'><format type='raw'/><source file='/srv/base.raw'/><backingStore/></backingStore>
    ${mirror}
    <target dev='sda' bus='scsi'/><alias name='ua-scsi0'/>
  </disk>
  <disk type='block' device='disk'><source dev='/dev/pool/vm' index='1'/><target dev='vda' bus='virtio'/></disk>
</devices></domain>`;

test('the source is the top of the chain, and the mirror what is made of it', () => {
  const copying = xml(
    "<mirror type='file' job='copy'><format type='raw'/><source file='/srv/new.raw' index='4'/></mirror>",
  );
  expect(readOpenDisk(copying, 'sda')).toEqual({
    source: '/srv/a & b/100/top.qcow2',
    mirror: { to: '/srv/new.raw', ready: false },
    backed: true,
  });
  const ready = xml("<mirror type='block' job='copy' ready='yes'><source dev='/dev/x'/></mirror>");
  expect(readOpenDisk(ready, 'sda')?.mirror).toEqual({ to: '/dev/x', ready: true });
});

test('a disk without a copy, an empty drive, and no disk', () => {
  expect(readOpenDisk(xml(''), 'vda')).toEqual({ source: '/dev/pool/vm', mirror: undefined, backed: false });
  expect(readOpenDisk(xml(''), 'hdc')).toEqual({ source: undefined, mirror: undefined, backed: false });
  expect(readOpenDisk(xml(''), 'sdb')).toBeUndefined();
});

describe('a copy', () => {
  const domain = { name: 'test-100', uuid: '351e3286-0faf-4da4-8d49-cb09015de1e8', id: 7 };
  const to = (path: string) => ({ kind: 'file', path, format: 'raw' }) as const;
  let source: string;
  let mirror: { to: string; ready: boolean } | undefined;
  let asked: string[];
  /** Looks at the job until it is through; without end: QEMU gives it up. */
  let looks: number;
  let busyPivots: number;
  let runs: boolean;
  let takesPivot: boolean;
  beforeEach(() => {
    [source, mirror, asked, looks, busyPivots, runs, takesPivot] = ['/old', undefined, [], 2, 0, true, true];
  });

  const remote = (code: number) => new LibvirtError('remote', 'no', { code });
  const client = {
    domains: {
      xml: async () => `<domain><devices><disk><source file='${source}'/>
        ${mirror ? `<mirror ready='${mirror.ready ? 'yes' : 'no'}'><source file='${mirror.to}'/></mirror>` : ''}
        <target dev='sda'/></disk></devices></domain>`,
    },
    blocks: {
      async copy(_domain: unknown, disk: string, xml: string, limit: object, flags: number) {
        const path = /file="([^"]+)"/.exec(xml)?.[1] ?? '';
        mirror = { to: path, ready: false };
        asked.push(`copy ${disk} to ${path} ${JSON.stringify(limit)} ${flags === BlockCopyFlag.reuse}`);
      },
      async abort(_domain: unknown, _disk: string, flags = 0) {
        const pivot = flags === BlockAbortFlag.pivot;
        if (pivot && busyPivots-- > 0) throw remote(ErrorNumber.blockCopyActive);
        asked.push(pivot ? 'pivot' : `end ${mirror?.to}`);
        if (pivot && mirror && takesPivot) source = mirror.to;
        mirror = undefined;
      },
      async job() {
        looks -= 1;
        if (looks > 0) return { bandwidth: 0, current: 1, end: 2 };
        if (looks === Number.NEGATIVE_INFINITY) return undefined;
        if (mirror) mirror.ready = true;
        return { bandwidth: 0, current: 2, end: 2 };
      },
    },
  } as unknown as ReconnectingLibvirt;
  const mirrors = new DiskMirrors(client, client, async () => {
    if (runs) return domain;
    throw remote(ErrorNumber.noDomain);
  });
  const copy = (path: string, bytesPerSecond = 0, signal?: AbortSignal) =>
    mirrors.copy(quietContext(signal), 100, { disk: 'sda', to: to(path), bytesPerSecond });

  test('is waited for, and begun once', async () => {
    await copy('/new', 1024);
    await copy('/new', 1024);
    expect(asked).toEqual(['copy sda to /new {"bytesPerSecond":1024} true']);
    expect(await mirrors.uses(100, 'sda', to('/new'))).toBe(false);
  });

  test('to elsewhere ends the one before', async () => {
    await copy('/first');
    await copy('/second');
    expect(asked).toEqual(['copy sda to /first {} true', 'end /first', 'copy sda to /second {} true']);
  });

  test('that QEMU gives up, or that is cancelled, is no copy', async () => {
    await expect(copy('/new', 0, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    looks = Number.NEGATIVE_INFINITY;
    await expect(copy('/new')).rejects.toMatchObject({ code: 'command-failed' });
  });

  test('is switched to as soon as libvirt knows that it is finished, once', async () => {
    await copy('/new');
    busyPivots = 1;
    await mirrors.switchTo(100, 'sda', to('/new'));
    await mirrors.switchTo(100, 'sda', to('/new'));
    await copy('/new');
    expect(asked.slice(1)).toEqual(['pivot']);
    expect(await mirrors.uses(100, 'sda', to('/new'))).toBe(true);
  });

  test('that is not there is not switched to, and one that QEMU does not take is told of', async () => {
    const switched = () => mirrors.switchTo(100, 'sda', to('/new'));
    await expect(switched()).rejects.toMatchObject({ code: 'wrong-state' });
    await copy('/new');
    takesPivot = false;
    await expect(switched()).rejects.toMatchObject({ code: 'command-failed' });
    await expect(mirrors.switchTo(100, 'sdb', to('/new'))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('that is ended says whether it was finished; none, and no guest, is no error', async () => {
    mirror = { to: '/new', ready: false };
    expect(await mirrors.end(100, 'sda')).toBe(false);
    await copy('/new');
    expect(await mirrors.end(100, 'sda')).toBe(true);
    expect(await mirrors.end(100, 'sda')).toBe(false);
    runs = false;
    expect(await mirrors.end(100, 'sda')).toBe(false);
    expect(await mirrors.uses(100, 'sda', to('/old'))).toBe(false);
  });
});
