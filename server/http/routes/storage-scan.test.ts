// What a new storage can be made of, over HTTP: types, looks, their permission, words when nothing answers, and no password anywhere.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PluginDeclaration } from '../../../storage-plugins/plugin.ts';
import { contractVersion } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import { createLogger } from '../../core/log.ts';
import { quietContext } from '../../core/work-context.ts';
import { scanThinPools, scanVolumeGroups } from '../../storage/scan-lvm.ts';
import { limitScans, type StorageScans } from '../../storage/storage-scans.ts';
import { createApp } from '../app.ts';
import { storageScanRoutes } from './storage-scan.ts';

const lvm: PluginDeclaration = {
  type: 'lvm',
  contractVersion,
  options: [
    { name: 'vgname', type: 'string', required: true, fixed: true, description: 'The volume group.' },
    { name: 'acme', type: 'string', required: false, fixed: false, description: 'Of nobody else.' },
    {
      ...{ name: 'format', type: 'choice', required: false, fixed: false, description: 'Format.' },
      choices: ['raw'],
    },
  ],
  contents: ['images'],
  imageFormats: ['raw'],
  rootFormats: [],
  shared: false,
  isolated: true,
  programs: [{ program: 'lvs', package: 'lvm2' }],
  capabilities: [{ feature: 'resize', formats: ['raw'], states: ['current'], live: true }],
};

const never = () => new Promise<never>(() => {});
const nothing: StorageScans = {
  nfs: never,
  cifs: never,
  iscsi: never,
  volumeGroups: never,
  thinPools: never,
};
const logged: string[] = [];

function server(scans: Partial<StorageScans>, mayAll = true) {
  const log = createLogger('silent');
  for (const level of ['info', 'warn', 'error'] as const)
    log[level] = ((...words: unknown[]) => void logged.push(JSON.stringify(words))) as never;
  const app = createApp({
    routes: storageScanRoutes({ scans: { ...nothing, ...scans }, types: () => [lvm] }),
    authenticator: {
      authenticate: async () => ({
        ...{ userid: 'a@pam', tokenid: undefined, requester: 'a@pam' },
        may: () => mayAll,
        privilegesOn: () => new Set(),
      }),
      groupsOf: () => [],
      userExists: () => true,
      actsAs: () => true,
    } as never,
    log,
    nodes: { local: () => 'pve1', has: (node) => node === 'pve1' },
    version: '0.0.0',
    checkReplies: true,
  });
  return async (path: string) => {
    const reply = await app.hono.request(
      `http://localhost/api2/json/nodes/pve1/${path}`,
      {},
      { local: true },
    );
    return {
      status: reply.status,
      ...((await reply.json()) as { data: unknown; errors?: object; message?: string }),
    };
  };
}

beforeEach(() => void logged.splice(0));
afterEach(() => void vi.useRealTimers());

describe('types', () => {
  test('say what forms and tables need, flags as 0 and 1', async () => {
    expect((await server({})('storage-types')).data).toEqual([
      {
        type: 'lvm',
        options: [
          { name: 'vgname', type: 'string', required: 1, fixed: 1, description: 'The volume group.' },
          { name: 'acme', type: 'string', required: 0, fixed: 0, description: 'Of nobody else.', apart: 1 },
          { name: 'format', type: 'choice', required: 0, fixed: 0, description: 'Format.', choices: ['raw'] },
        ],
        content: ['images'],
        'image-formats': ['raw'],
        'root-formats': [],
        shared: 0,
        programs: [{ program: 'lvs', package: 'lvm2' }],
        capabilities: [{ feature: 'resize', formats: ['raw'], states: ['current'], live: 1 }],
      },
    ]);
  });
});

describe('looks', () => {
  test('answer what was found', async () => {
    const get = server({
      nfs: async (_context, name) => [{ path: '/srv', options: name }],
      cifs: async (_context, question) => [
        { share: question.username ?? '', description: question.password ?? '' },
      ],
      iscsi: async (_context, portal) => [{ target: 'iqn.x', portal }],
      volumeGroups: async () => [{ vg: 'data' }],
      thinPools: async (_context, vg) => [{ lv: vg }],
    });
    expect((await get('scan')).data).toEqual(
      ['cifs', 'iscsi', 'lvm', 'lvmthin', 'nfs'].map((method) => ({ method })),
    );
    expect((await get('scan/nfs?server=nas.example')).data).toEqual([
      { path: '/srv', options: 'nas.example' },
    ]);
    expect((await get('scan/cifs?server=fe80::1&username=u&password=p%26%25')).data).toEqual([
      { share: 'u', description: 'p&%' },
    ]);
    expect((await get('scan/iscsi?portal=[2001:db8::1]:3260')).data).toEqual([
      { target: 'iqn.x', portal: '[2001:db8::1]:3260' },
    ]);
    expect((await get('scan/lvm')).data).toEqual([{ vg: 'data' }]);
    expect((await get('scan/lvmthin?vg=data')).data).toEqual([{ lv: 'data' }]);
  });

  test.each([
    ['scan/nfs?server=-oProxy', 'server'],
    ['scan/nfs?server=a%20b', 'server'],
    ['scan/nfs', 'server'],
    ['scan/cifs?server=a;b', 'server'],
    ['scan/iscsi?portal=host:99999', 'portal'],
    ['scan/iscsi?portal=--help', 'portal'],
    ['scan/lvmthin?vg=-a', 'vg'],
  ])('%s is refused at %s, and nobody is asked', async (path, field) => {
    const asked = vi.fn(never);
    const scans = { nfs: asked, cifs: asked, iscsi: asked, thinPools: asked };
    const reply = await server(scans)(path);
    expect(reply.status).toBe(400);
    expect(Object.keys(reply.errors ?? {})).toEqual([field]);
    expect(asked).not.toHaveBeenCalled();
  });

  test('need Datastore.Allocate on /storage', async () => {
    expect((await server({ nfs: async () => [] }, false)('scan/nfs?server=nas')).status).toBe(403);
  });

  test('hide the password, also when they fail', async () => {
    const get = server({
      cifs: async () => {
        throw new AppError('unavailable', 'the server nas refused the user', { detail: 'NT_STATUS' });
      },
    });
    const reply = await get('scan/cifs?server=nas&username=u&password=s3cr3t-word');
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify([reply, logged])).not.toContain('s3cr3t-word');
    expect(JSON.stringify(reply)).toContain('refused the user');
  });
});

describe('the limit', () => {
  test('gives up a look that does not listen, in words', async () => {
    await expect(limitScans(nothing, 20).nfs(quietContext(), 'nas.example')).rejects.toMatchObject({
      code: 'timeout',
      message: 'the server nas.example did not answer within 1 seconds',
    });
  });

  test('tells its look to stop', async () => {
    let stopped = false;
    const nfs: StorageScans['nfs'] = (context) =>
      new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => {
          stopped = true;
          reject(new AppError('cancelled', 'showmount: cancelled'));
        });
      });
    await expect(limitScans({ ...nothing, nfs }, 20).nfs(quietContext(), 'nas')).rejects.toMatchObject({
      code: 'timeout',
    });
    expect(stopped).toBe(true);
  });

  test('of a caller who left is no timeout', async () => {
    const caller = new AbortController();
    const look = limitScans(nothing, 5000).volumeGroups(quietContext(caller.signal));
    caller.abort();
    await expect(look).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('LVM', () => {
  const vgs =
    '{"report":[{"vg":[{"vg_name":"pve","vg_size":"499558383616","vg_free":"17175674880"},{"vg_name":"data","vg_size":"1000","vg_free":"0"}]}],"log":[]}';
  const answers =
    (lvs: string): Exec =>
    async (file) => ({ exitCode: 0, stderr: '', stdout: file === 'vgs' ? vgs : lvs });

  test('groups with their sizes', async () => {
    expect(await scanVolumeGroups(answers(''), quietContext())).toEqual([
      { vg: 'data', size: 1000, free: 0 },
      { vg: 'pve', size: 499558383616, free: 17175674880 },
    ]);
  });

  test('thin pools of a group that is there', async () => {
    const exec = answers('{"report":[{"lv":[{"lv_name":"thin2"},{"lv_name":"thin1"}]}]}');
    expect(await scanThinPools(exec, quietContext(), 'pve')).toEqual([{ lv: 'thin1' }, { lv: 'thin2' }]);
    await expect(scanThinPools(exec, quietContext(), 'gone')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('without LVM says what to install', async () => {
    const exec: Exec = async () => {
      throw new AppError('unavailable', 'run vgs: vgs is not installed');
    };
    await expect(scanVolumeGroups(exec, quietContext())).rejects.toMatchObject({
      message: 'look for volume groups: install the package lvm2 on this node first',
    });
  });
});
