// The development daemon: up without root in seconds, with its guests in every situation, and failures by name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callLocal } from '../test/host/api.ts';
import { type DevServer, startDev } from './dev.ts';
import { situationCount } from './guests/fake/demo-situations.ts';

let server: DevServer;
beforeAll(async () => {
  server = await startDev({
    ...{ port: 0, guests: 28 - situationCount, containers: 12 },
    ...{ situations: true, tasks: false, logLevel: 'error' as const },
  });
}, 30_000);
afterAll(() => server?.stop());

interface Line {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly qmpstatus?: string;
  readonly name?: string;
  readonly vmid?: number;
  readonly lock?: string;
  readonly template?: number;
  readonly problem?: string;
}

async function data<T>(verb: 'GET' | 'POST' | 'PUT', path: string, params?: object): Promise<T> {
  const { status, reason, body } = await callLocal(server.socket, verb, path, { ...params });
  if (status !== 200) throw new Error(`${verb} ${path}: ${status} ${reason}`);
  return body.data as T;
}

const lines = () => data<Line[]>('GET', '/cluster/resources');

async function guestNamed(name: string): Promise<Line & { readonly vmid: number }> {
  const found = (await lines()).find((one) => one.name === name);
  if (found?.vmid === undefined) throw new Error(`no guest ${name}`);
  return { ...found, vmid: found.vmid };
}

/** Asks for an action and waits for the task's end. */
const act = (vmid: number, action: string) => ended(`qemu/${vmid}/status/${action}`);

/** Starts a task of the node, and answers how it ended. */
async function ended(path: string, params?: object): Promise<string> {
  const upid = await data<string>('POST', `/nodes/${server.node}/${path}`, params);
  const end = () =>
    data<{ status: string; exitstatus?: string }>('GET', `/nodes/${server.node}/tasks/${upid}/status`);
  let seen = await end();
  while (seen.status === 'running') seen = await end();
  return seen.exitstatus ?? '';
}

describe('the development daemon', () => {
  it('lists forty guests in every state, and a storage that does not answer', async () => {
    const all = await lines();
    const guests = all.filter(({ vmid }) => vmid !== undefined);
    expect(guests).toHaveLength(40);
    const states = new Set(guests.map(({ status, qmpstatus }) => qmpstatus ?? status));
    expect([...states].sort()).toEqual(['paused', 'running', 'stopped', 'suspended']);
    expect(guests.some(({ template }) => template === 1)).toBe(true);
    expect(guests.some(({ lock }) => lock === 'backup')).toBe(true);
    expect(guests.find(({ name }) => name === 'crashes')?.status).toBe('stopped');
    expect(all.find(({ id }) => id === `storage/${server.node}/offline`)?.problem).toContain('timed out');
    expect(all.find(({ id }) => id === `storage/${server.node}/local`)?.status).toBe('available');
  });

  it('delivers notes as they are, whatever they look like', async () => {
    const { vmid } = await guestNamed('hostile-notes');
    const config = await data<{ description: string }>('GET', `/nodes/${server.node}/qemu/${vmid}/config`);
    expect(config.description).toContain('<script>');
    expect(config.description).toContain('\u202E');
  });

  it('fails what a name tells it to fail, until the guest is renamed', async () => {
    const { vmid } = await guestNamed('fails-start');
    expect(await act(vmid, 'start')).toContain("told to fail: the name has 'fails-start' in it");
    await data('PUT', `/nodes/${server.node}/qemu/${vmid}/config`, { name: 'obeys' });
    expect(await act(vmid, 'start')).toBe('OK');
    expect((await guestNamed('obeys')).status).toBe('running');
  });

  it('cannot start a guest whose disk is on the storage that does not answer', async () => {
    const { vmid } = await guestNamed('disk-offline');
    expect(await act(vmid, 'start')).toContain("storage 'offline' cannot be used");
  });

  it('backs containers up, whether they run or not, and restores one', async () => {
    const all = (await lines()).filter(({ type }) => type === 'lxc');
    const vmids = ['running', 'stopped'].map((state) => all.find(({ status }) => status === state)?.vmid);
    expect(await ended('vzdump', { vmid: vmids.join(','), storage: 'local' })).toBe('OK');
    const content = `/nodes/${server.node}/storage/local/content?content=backup`;
    const backups = await data<{ volid: string; vmid: number }[]>('GET', content);
    expect(backups.map(({ vmid }) => vmid).sort()).toEqual(vmids.sort());
    const free = await data<string>('GET', '/cluster/nextid');
    const request = { vmid: free, ostemplate: backups[0]?.volid, restore: 1 };
    expect(await ended('lxc', request)).toMatch(/^(OK|WARNINGS)/);
    const config = await data<object>('GET', `/nodes/${server.node}/lxc/${free}/config`);
    expect(config).toMatchObject({ hostname: 'restored' });
  }, 60_000);
});
