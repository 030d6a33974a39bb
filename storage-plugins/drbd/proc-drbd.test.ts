// Tests of what is read in /proc/drbd (8.4's form), of the description of a mirror and of the files of a node.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localNode } from './drbd-node.ts';
import { mirrorWarnings, readProcDrbd } from './proc-drbd.ts';
import { diskBytes, renderResourceFile } from './resource-file.ts';

const proc = `version: 8.4.11 (api:1/proto:86-101)
srcversion: B438804C5AE8C84C95D0411
 7000: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
    ns:1048508 nr:0 dw:0 dr:1050636 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
 7001: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----
    ns:262144 nr:0 dw:0 dr:264272 al:0 bm:0 lo:0 pe:2 ua:0 ap:0 ep:1 wo:f oos:786364
	[===>................] sync'ed: 25.4% (786364/1048508)K
	finish: 0:00:18 speed: 43,690 (43,690) K/sec
 7002: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r-----
    ns:0 nr:0 dw:4 dr:4 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:4
 7003: cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown C r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
 7004: cs:Unconfigured
 7005: cs:Connected ro:Primary/Secondary ds:Diskless/UpToDate C r-----
    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
`;

test('reads each device', () => {
  const found = readProcDrbd(proc);
  expect(found.map(({ number, connection }) => `${number} ${connection}`)).toEqual([
    '7000 Connected',
    '7001 SyncSource',
    '7002 StandAlone',
    '7003 WFConnection',
    '7004 Unconfigured',
    '7005 Connected',
  ]);
  expect(found[1]).toMatchObject({
    syncedPercent: 25.4,
    outOfSyncKib: 786364,
    disk: 'UpToDate',
    peerDisk: 'Inconsistent',
  });
  expect(readProcDrbd('')).toEqual([]);
});

test('tells what is not well', () => {
  const warnings = readProcDrbd(proc).map((status) => mirrorWarnings('v', 'pve2', status));
  expect(warnings[0]).toEqual([]);
  expect(warnings[1]).toEqual([
    'v: is being copied to pve2, 25.4 % done; until then there is one whole copy only',
  ]);
  expect(warnings[2]?.[0]).toContain('split brain');
  expect(warnings[3]).toEqual(['v: node pve2 does not answer: what is written is on one node only']);
  expect(warnings[4]).toEqual(['v: its mirror is not started']);
  expect(warnings[5]).toEqual(["v: this node's disk failed: it is read from pve2"]);
  expect(mirrorWarnings('v', 'pve2', undefined)).toHaveLength(1);
});

test('describes a mirror for both nodes', () => {
  const text = renderResourceFile({
    name: 'croft-mirror-vm-100-disk-0',
    number: 7000,
    disk: '/dev/vg/vm-100-disk-0',
    sizeBytes: 1024 ** 3,
    peers: [
      { node: 'pve1', address: '10.0.0.1' },
      { node: 'pve2', address: 'fd00::2' },
    ],
    secret: 'a-secret-of-the-two',
  });
  expect(text).toContain('device /dev/drbd7000 minor 7000;');
  expect(text).toContain('size 2097152s;');
  expect(text).toContain('on pve1 {\n    address 10.0.0.1:7000;');
  expect(text).toContain('on pve2 {\n    address ipv6 [fd00::2]:7000;');
  expect(text).not.toContain('allow-two-primaries');
});

test('room for the metadata: 8 sectors for each 128 MiB and 72', () => {
  expect(diskBytes(1024 ** 3) - 1024 ** 3).toBe((8 * 8 + 72) * 512);
  expect(diskBytes(4096) - 4096).toBe((8 + 72) * 512);
});

test('files of this node are whole and for root alone', async () => {
  const root = await mkdtemp(join(tmpdir(), 'croft-drbd-'));
  try {
    const node = localNode('pve1', async () => ({ exitCode: 0, stdout: '', stderr: '' }), root);
    await node.writeFile('/etc/drbd.d/a.res', 'one');
    await node.writeFile('/etc/drbd.d/a.res', 'two');
    expect(await node.readFile('/etc/drbd.d/a.res')).toBe('two');
    expect((await stat(join(root, 'etc/drbd.d/a.res'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(root, 'etc/drbd.d'))).toEqual(['a.res']);
    await node.removeFile('/etc/drbd.d/a.res');
    await node.removeFile('/etc/drbd.d/a.res');
    expect(await node.readFile('/etc/drbd.d/a.res')).toBe('');
  } finally {
    await rm(root, { recursive: true });
  }
});
