import { describe, expect, test } from 'vitest';
import type { Json } from '../../cluster/cluster-store.ts';
import { checkDigest, configDigest } from '../../core/config-digest.ts';
import type { VmConfig } from './config-keys.ts';
import { describeConfig, type GuestDocument } from './guest-document.ts';
import { pendingChanges, pendingLines, revertPending, settleKeys, volumesInUse } from './pending-changes.ts';

const running: VmConfig = {
  cores: 1,
  memory: '1024',
  balloon: 512,
  ide2: 'local:iso/a.iso,media=cdrom,size=1M',
  net0: 'virtio=BC:24:11:AA:00:01,bridge=vmbr0',
  scsi0: 'local:100/a.qcow2,size=8G',
};
const document: GuestDocument = {
  kind: 'qemu',
  vmid: 100,
  node: 'pve1',
  createdAt: 0,
  running,
  config: { ...running, cores: 2, unused0: 'local:100/a.qcow2', scsi0: 'local:100/b.qcow2,size=9G' },
};
const wanting = (more: VmConfig, without: string[] = []) => {
  const wanted = Object.fromEntries(
    Object.entries({ ...running, ...more }).filter(([key]) => !without.includes(key)),
  );
  return pendingChanges(wanted, running);
};

test('a cloud-init drive that a running guest waits for is kept as unused when that is taken back', () => {
  const ide2 = 'local:100/vm-100-cloudinit.raw,media=cdrom,size=4M';
  const document: GuestDocument = {
    ...{ kind: 'qemu', vmid: 100, node: 'a', createdAt: 1 },
    ...{ config: { ide2 }, running: {} },
  };
  expect(revertPending(document, ['ide2'])).toEqual({ unused0: 'local:100/vm-100-cloudinit.raw' });
});

describe('what a running guest can take', () => {
  test.each<[VmConfig, string[]]>([
    [{ balloon: 1024 }, ['balloon set-balloon']],
    [{ cpulimit: '0.5' }, ['cpulimit set-cpu-limit']],
    [{ cpuunits: 50 }, ['cpuunits set-cpu-units']],
    [{ affinity: '0-1' }, ['affinity set-affinity']],
    [{ tablet: 0 }, ['tablet detach-tablet']],
    [{ ide2: 'none,media=cdrom' }, ['ide2 change-media']],
    [{ ide2: 'local:iso/b.iso,media=cdrom,size=2M' }, ['ide2 change-media']],
    [{ scsi1: 'local:100/c.qcow2' }, ['scsi1 attach-drive']],
    [{ scsi0: 'local:100/a.qcow2,mbps=5,size=8G' }, ['scsi0 limit-drive']],
    [{ scsi0: 'local:100/b.qcow2,size=8G' }, ['scsi0 detach-drive', 'scsi0 attach-drive']],
    [{ net0: 'virtio=BC:24:11:AA:00:01,bridge=vmbr1,link_down=1,rate=5' }, ['net0 update-nic']],
    [{ net0: 'e1000=BC:24:11:AA:00:01,bridge=vmbr0' }, ['net0 detach-nic', 'net0 attach-nic']],
    [{ net1: 'virtio=BC:24:11:AA:00:02,bridge=vmbr0' }, ['net1 attach-nic']],
  ])('%j', (more, actions) => {
    const { hot, restart, noted } = wanting(more);
    expect(hot.map((change) => `${change.key} ${change.action}`)).toEqual(actions);
    expect([...restart, ...noted]).toEqual([]);
  });

  test('a balloon that people move goes there, one that moves by itself has another bound', () => {
    const byHand = { ...running, shares: 0 };
    const set = [{ key: 'balloon', action: 'set-balloon' }];
    expect(pendingChanges({ ...byHand, balloon: 256 }, byHand).hot).toEqual(set);
    expect(wanting({ balloon: 256 })).toEqual({ hot: [], restart: [], noted: ['balloon'] });
    expect(wanting({ balloon: 256, shares: 0 })).toMatchObject({ hot: set, noted: ['shares'] });
    // More memory waits for a start: until then there is nothing between the bounds.
    expect(wanting({ balloon: 1024, memory: '2048' })).toMatchObject({ hot: set, restart: ['memory'] });
  });

  test('a disk and a card taken off', () => {
    expect(wanting({}, ['scsi0', 'net0']).hot).toEqual([
      { key: 'net0', action: 'detach-nic' },
      { key: 'scsi0', action: 'detach-drive' },
    ]);
  });

  test.each<[VmConfig, string]>([
    [{ cores: 2 }, 'cores'],
    [{ memory: '2048' }, 'memory'],
    [{ balloon: 0 }, 'balloon'],
    [{ vcpus: 1 }, 'vcpus'],
    [{ sata0: 'local:100/c.qcow2' }, 'sata0'],
    [{ scsi0: 'local:100/a.qcow2,cache=writeback,size=8G' }, 'scsi0'],
    [{ agent: '1' }, 'agent'],
    [{ boot: 'order=net0' }, 'boot'],
    [{ serial0: 'socket' }, 'serial0'],
  ])('%j waits for a restart', (more, key) => {
    expect(wanting(more)).toEqual({ hot: [], restart: [key], noted: [] });
  });

  test.each<[VmConfig, string]>([
    [{ hookscript: 'local:snippets/hook.pl' }, 'hookscript'],
    [{ name: 'x' }, 'name'],
    [{ tags: 'a' }, 'tags'],
    [{ unused0: 'local:100/z.raw' }, 'unused0'],
    [{ scsi0: 'local:100/a.qcow2,backup=0,size=8G' }, 'scsi0'],
    [{ scsi0: 'local:100/a.qcow2,size=16G' }, 'scsi0'],
  ])('%j concerns only the daemon', (more, key) => {
    expect(wanting(more)).toEqual({ hot: [], restart: [], noted: [key] });
  });

  test('the boot order without a device that is gone concerns only the daemon', () => {
    const before: VmConfig = { ...running, boot: 'order=scsi0;net0' };
    const { scsi0: _, ...rest } = before;
    expect(pendingChanges({ ...rest, boot: 'order=net0' }, before)).toEqual({
      hot: [{ key: 'scsi0', action: 'detach-drive' }],
      restart: [],
      noted: ['boot'],
    });
  });

  test('processors and memory, when hotplug names them and the machine has nodes', () => {
    const before: VmConfig = { ...running, hotplug: 'cpu,memory', numa: 1, vcpus: 1, cores: 4 };
    const { vcpus: _, ...allOn } = before;
    expect(pendingChanges({ ...allOn, memory: '2048' }, before)).toEqual({
      hot: [
        { key: 'memory', action: 'set-memory' },
        { key: 'vcpus', action: 'set-vcpus' },
      ],
      restart: [],
      noted: [],
    });
    const withoutNodes = { ...before, numa: 0 };
    expect(pendingChanges({ ...withoutNodes, memory: '2048' }, withoutNodes).restart).toEqual(['memory']);
  });

  test('a tablet waits where hotplug does not name usb, or where there is no screen', () => {
    for (const more of [{ hotplug: 'disk' }, { vga: 'serial0', serial0: 'socket' }]) {
      const before: VmConfig = { ...running, ...more };
      expect(pendingChanges({ ...before, tablet: 0 }, before).restart).toEqual(['tablet']);
    }
  });

  test('hotplug says what may be plugged', () => {
    const more: VmConfig = { hotplug: 'cpu', scsi1: 'local:100/c.qcow2', vcpus: 1 };
    expect(wanting(more, ['net0'])).toEqual({
      hot: [{ key: 'vcpus', action: 'set-vcpus' }],
      restart: ['net0', 'scsi1'],
      noted: ['hotplug'],
    });
  });
});

describe('pending values', () => {
  test('are told beside those in force', () => {
    expect(pendingLines({ ...document, config: { ...running, cores: 2, name: 'x' } })).toEqual(
      expect.arrayContaining([
        { key: 'cores', value: 1, pending: 2 },
        { key: 'name', pending: 'x' },
        { key: 'memory', value: '1024' },
      ]),
    );
    const { memory: _, ...without } = running;
    expect(pendingLines({ ...document, config: without })).toContainEqual({
      key: 'memory',
      value: '1024',
      delete: 1,
    });
  });

  test('a stopped guest has none', () => {
    const { running: _, ...stopped } = document;
    expect(pendingLines(stopped).every((line) => line.pending === undefined)).toBe(true);
  });

  test('can be taken back, volumes included', () => {
    expect(revertPending(document, ['cores'])).toEqual({ ...document.config, cores: 1 });
    expect(revertPending(document, ['scsi0'])).toEqual({
      ...running,
      cores: 2,
      unused1: 'local:100/b.qcow2',
    });
    const added = { ...document, config: { ...running, scsi1: 'local:100/c.qcow2' } };
    expect(revertPending(added, ['scsi1'])).toEqual({ ...running, unused0: 'local:100/c.qcow2' });
  });

  test('come into force key by key', () => {
    expect(settleKeys(running, { cores: 2 }, ['cores', 'balloon'])).toEqual({
      ...Object.fromEntries(Object.entries(running).filter(([key]) => key !== 'balloon')),
      cores: 2,
    });
  });
});

test('volumes in use are those wanted and those in force', () => {
  expect([...volumesInUse(document)].sort()).toEqual([
    'local:100/a.qcow2',
    'local:100/b.qcow2',
    'local:iso/a.iso',
  ]);
});

test('the digest is of the content, in any order', () => {
  const digest = configDigest({ a: 1, b: 'x' });
  expect(digest).toMatch(/^[0-9a-f]{40}$/);
  expect(configDigest({ b: 'x', a: 1 })).toBe(digest);
  expect(configDigest({ b: 'x', a: '1' })).not.toBe(digest);
  checkDigest({ a: 1, b: 'x' }, digest);
  checkDigest({ a: 1 }, undefined);
  expect(() => checkDigest({ a: 2 }, digest)).toThrow(expect.objectContaining({ code: 'wrong-state' }));
});

test('the configuration is answered as wanted, or as in force', () => {
  expect(describeConfig(document, false)).toMatchObject({ cores: 2, digest: configDigest(document.config) });
  expect(describeConfig(document, true)).toMatchObject({ cores: 1, digest: configDigest(document.config) });
});

test('a document is plain JSON for the store', () => {
  const json: Json = document;
  expect(JSON.parse(JSON.stringify(json))).toEqual(document);
});
