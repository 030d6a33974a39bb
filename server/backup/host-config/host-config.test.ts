// Backups of the configuration as a whole: what is in them, what differs afterwards, and what may be brought back.

import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../core/work-context.ts';
import type { ComparedItem } from './compare.ts';
import { type ConfigWorld, configWorld, noon, secretWords } from './config-fixture.ts';
import { planRestore } from './restore-plan.ts';

let world: ConfigWorld;
beforeEach(async () => {
  world = await configWorld();
});
afterEach(() => world.close());

const context = quietContext();
const differing = async (volid: string, passphrase?: string) => {
  const { items } = await world.config.compare(context, volid, passphrase);
  return new Map(items.filter(({ state }) => state !== 'same').map((one) => [one.item.id, one]));
};
const plan = (items: Iterable<ComparedItem>, ids: readonly string[]) => {
  const all = [...items];
  const chosen = ids.map((id) => ({ id, digest: all.find(({ item }) => item.id === id)?.digest ?? 'none' }));
  return planRestore(all, chosen, (key) => world.store.read(key), noon);
};
/** Compares, and writes what is chosen. */
const restore = async (volid: string, ids: readonly string[], passphrase?: string) => {
  const { items } = await world.config.compare(context, volid, passphrase);
  const made = plan(items, ids);
  await world.store.batch(made.writes);
  return made;
};

describe('what is in a backup', () => {
  test('without a passphrase there is no secret in it', async () => {
    const plain = zstdDecompressSync(await world.bytesOf(await world.backUp())).toString('latin1');
    expect(plain).toContain('croft-config');
    expect(plain).toContain('anna@pve');
    for (const word of [...secretWords, 'a'.repeat(64)]) expect(plain).not.toContain(word);
    expect(plain).not.toContain('backup-runs/');
    expect(plain).not.toContain('"running"');
  });

  test('with one neither, but who knows it gets them back', async () => {
    await world.config.setPassphrase('correct horse battery');
    const volid = await world.backUp();
    const plain = zstdDecompressSync(await world.bytesOf(volid)).toString('latin1');
    for (const word of secretWords) expect(plain).not.toContain(word);
    await world.put('passwords/anna@pve', { hash: 'another' });
    expect((await differing(volid)).size).toBe(0);
    const opened = await differing(volid, 'correct horse battery');
    expect([...opened.keys()]).toEqual(['passwords/anna%40pve']);
    // What differs is told, never the secret itself.
    expect(opened.get('passwords/anna%40pve')?.fields).toEqual([
      { name: '', backup: undefined, now: undefined, secret: true },
    ]);
    await restore(volid, ['passwords/anna%40pve'], 'correct horse battery');
    expect(world.value('passwords/anna@pve')).toEqual({ hash: 'tiger-of-user' });
    await expect(world.config.compare(context, volid, 'wrong horse battery')).rejects.toMatchObject({
      fields: { passphrase: expect.stringContaining('not the one') },
    });
  });

  test('the same at once, and only what was set up counts as a change', async () => {
    const volid = await world.backUp();
    expect((await differing(volid)).size).toBe(0);
    const before = await world.config.digest();
    await world.put('backup-runs/pve1:nightly', { handledUntil: 9 });
    const factors = world.value('two-factor/anna@pve') as { totp: object[] };
    await world.put('two-factor/anna@pve', {
      ...factors,
      failures: 3,
      totp: [{ ...factors.totp[0], lastStep: 99 }],
    } as never);
    expect(await world.config.digest()).toBe(before);
    await world.put('nodes/pve1', { description: 'x' });
    expect(await world.config.digest()).not.toBe(before);
  });
});

describe('what differs', () => {
  test('field by field, in both directions', async () => {
    const volid = await world.backUp();
    await world.put('groups/admins', { comment: 'others' });
    await world.put('users/bert@pve', { enable: true, expire: 0, groups: [] });
    await world.store.delete('roles/Starter');
    await world.put('access/acl', { entries: [] });
    world.files.set('/etc/hosts', 'other\n');
    const items = await differing(volid);
    expect([...items].map(([id, { state }]) => `${id} ${state}`)).toEqual([
      'acl/%2Fvms%2F100%20group%20admins%20Starter missing',
      'file/%2Fetc%2Fhosts changed',
      'groups/admins changed',
      'roles/Starter missing',
      'users/bert%40pve new',
    ]);
    expect(items.get('groups/admins')?.fields).toEqual([
      { name: 'comment', backup: 'who may', now: 'others', secret: false },
    ]);
    expect(items.get('users/bert%40pve')?.refused).toContain('not in the backup');
    expect(items.get('acl/%2Fvms%2F100%20group%20admins%20Starter')).toMatchObject({
      needs: ['groups/admins', 'roles/Starter'],
      danger: 'gives rights',
    });
  });

  test('of a secret that the backup lacks nothing', async () => {
    const volid = await world.backUp();
    const storage = world.value('storages/vault') as object;
    await world.put('storages/vault', { ...storage, password: 'other' });
    expect((await differing(volid)).size).toBe(0);
    await world.put('storages/vault', { ...storage, password: 'other', disable: true });
    await restore(volid, ['storages/vault']);
    expect(world.value('storages/vault')).toEqual({ ...storage, password: 'other' });
  });
});

describe('what is brought back', () => {
  test('of a guest its settings; disks, run, snapshots and lock stay', async () => {
    const volid = await world.backUp();
    const before = world.value('guests/100') as { config: object };
    const config = {
      ...before.config,
      memory: '512',
      tags: 'x',
      scsi0: 'disks:100/vm-100-disk-9.raw,size=2M',
    };
    const snapshots = { s: { config: {}, snaptime: 1 } };
    await world.put('guests/100', { ...before, config, snapshots } as never);
    const [item] = (await differing(volid)).values();
    expect(item).toMatchObject({ danger: expect.stringContaining('next start'), refused: undefined });
    await restore(volid, ['guests/100']);
    expect(world.value('guests/100')).toEqual({
      ...before,
      snapshots,
      config: { ...before.config, scsi0: 'disks:100/vm-100-disk-9.raw,size=2M' },
    });
    expect((await differing(volid)).get('guests/100')?.refused).toContain('only its disks');
    await world.put('guests/100', { ...before, config: { ...config, lock: 'backup' } } as never);
    await expect(restore(volid, ['guests/100'])).rejects.toThrow('locked (backup)');
  });

  test('a guest that is gone, when its disks are there and nobody else has them', async () => {
    const volid = await world.backUp();
    const { running: _, ...before } = world.value('guests/100') as { running: object; config: object };
    await world.store.delete('guests/100');
    await world.store.delete('guests/101');
    const gone = await differing(volid);
    expect(gone.get('guests/101')?.refused).toContain("'disks:101/vm-101-disk-0.raw' is not there");
    const { warnings } = await restore(volid, ['guests/100']);
    const { cipassword: _password, ...config } = before.config as { cipassword: string };
    expect(world.value('guests/100')).toEqual({ ...before, config });
    expect(warnings.join()).toContain('has to be set again');
    await world.store.delete('guests/100');
    await world.put('guests/102', { ...before, vmid: 102 } as never);
    expect((await differing(volid)).get('guests/100')?.refused).toContain('belongs to VM 102');
  });

  test('grants and pools one by one', async () => {
    const volid = await world.backUp();
    const other = { path: '/', type: 'user', ugid: 'anna@pve', roleid: 'Administrator', propagate: true };
    await world.put('access/acl', { entries: [other] });
    await world.put('access/pools', { pools: [{ id: 'new', vms: [101], storage: [] }] });
    const grant = 'acl/%2Fvms%2F100%20group%20admins%20Starter';
    const { warnings } = await restore(volid, [grant, 'pools/office']);
    expect(world.value('access/acl')).toEqual({
      entries: [other, expect.objectContaining({ roleid: 'Starter' })],
    });
    expect(world.value('access/pools')).toEqual({
      pools: [
        { id: 'new', vms: [101], storage: [] },
        { id: 'office', vms: [100], storage: [] },
      ],
    });
    expect(warnings).toEqual(["pool 'office': guests that are gone or in another pool were left out"]);
    await restore(volid, ['acl/%2F%20user%20anna%40pve%20Administrator']);
    expect((world.value('access/acl') as { entries: [] }).entries.length).toBe(1);
  });

  test('a job counts its times from now', async () => {
    const volid = await world.backUp();
    await world.store.delete('backup-jobs/nightly');
    await restore(volid, ['backup-jobs/nightly']);
    expect(world.value('backup-jobs/nightly')).toMatchObject({ since: noon, options: { schedule: '02:00' } });
  });

  test('not without what it needs, and all or nothing', async () => {
    const volid = await world.backUp();
    for (const key of ['users/anna@pve', 'groups/admins']) await world.store.delete(key);
    await expect(restore(volid, ['users/anna%40pve'])).rejects.toMatchObject({
      fields: { items: expect.stringContaining("needs 'groups/admins'") },
    });
    await restore(volid, ['users/anna%40pve', 'groups/admins']);
    expect(world.value('users/anna@pve')).toMatchObject({ comment: 'Anna' });
  });

  test('not over what somebody changed since it was compared', async () => {
    const volid = await world.backUp();
    await world.put('groups/admins', { comment: 'b' });
    const seen = [...(await differing(volid)).values()];
    await world.put('groups/admins', { comment: 'c' });
    const { items } = await world.config.compare(context, volid);
    const chosen = [{ id: 'groups/admins', digest: seen[0]!.digest }];
    const read = (key: string) => world.store.read(key);
    expect(() => planRestore(items, chosen, read, noon)).toThrow('compare again');
    // Between reading and writing the store itself keeps watch.
    const made = plan(items, ['groups/admins']);
    await world.put('groups/admins', { comment: 'd' });
    await expect(world.store.batch(made.writes)).rejects.toMatchObject({ code: 'wrong-state' });
  });

  test.each([
    ['users/anna@pve', { enable: 'yes', groups: 3 }, 'users/anna%40pve', 'damaged'],
    ['guests/100', { kind: 'qemu', vmid: 999, node: 'x', config: {}, createdAt: 0 }, 'guests/100', 'damaged'],
    [
      'guests/100',
      { kind: 'lxc', vmid: 100, node: 'x', config: {}, createdAt: 0 },
      'guests/100',
      'another kind',
    ],
    [
      'guests/100',
      { kind: 'qemu', vmid: 100, node: 'x', config: { memory: 'lots' }, createdAt: 0 },
      'guests/100',
      'memory',
    ],
    ['roles/PVEAdmin', { privs: [] }, 'roles/PVEAdmin', 'built-in'],
    ['storages/vault', { type: 'none', content: 'iso' }, 'storages/vault', "no storage type 'none'"],
    ['something/new', { a: 1 }, 'something/new', 'does not know'],
    [
      'users/root@pam',
      { enable: false, expire: 0, groups: [] },
      'users/root%40pam',
      'cannot be switched off',
    ],
  ])('%s as %j is refused', async (key, value, id, words) => {
    const before = world.value(key);
    await world.put(key, value as never);
    const volid = await world.backUp();
    if (before === undefined) await world.store.delete(key);
    else await world.put(key, before);
    expect((await differing(volid)).get(id)?.refused).toContain(words);
    await expect(restore(volid, [id])).rejects.toMatchObject({ code: 'invalid-input' });
  });

  test('what reaches into the node is told', async () => {
    const before = world.value('guests/100') as { config: object };
    await world.put('guests/100', { ...before, config: { ...before.config, args: '-S' } } as never);
    const volid = await world.backUp();
    await world.put('guests/100', before as never);
    expect((await differing(volid)).get('guests/100')?.danger).toBe('reaches into the node: args');
  });
});
