// Reading and changing guests' documents, also while others change them; and who refers to which volume.
import { expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { changeGuest, readGuest, volumesOfOthers, withoutRunning } from './guest-documents.ts';
import { volumeUsers } from './volume-users.ts';

const guest = (vmid: number, config: Record<string, string>, running?: Record<string, string>) => ({
  ...{ kind: 'qemu', vmid, node: 'n1', config, createdAt: 0 },
  ...(running ? { running } : {}),
});
const disk = (vmid: number, number = 0) => `local:${vmid}/vm-${vmid}-disk-${number}.qcow2`;

test('a guest that is not there is said in the words that clients look for', () => {
  expect(() => readGuest(createMemoryStore(), 100)).toThrow('Configuration file for VM 100 does not exist');
});

test('a change that another overtakes is made again on the newer one', async () => {
  const store = createMemoryStore();
  await store.write('guests/100', guest(100, { name: 'a' }));
  let overtakes = 3;
  const write = store.write.bind(store);
  store.write = async (key, value, version) => {
    if (overtakes-- > 0) await write(key, guest(100, { name: 'a', tags: `t${overtakes}` }));
    return write(key, value, version);
  };
  const after = await changeGuest(store, 100, (document) => ({
    ...document,
    config: { ...document.config, name: 'b' },
  }));
  expect(after?.config).toEqual({ name: 'b', tags: 't0' });
  overtakes = 1000;
  await expect(changeGuest(store, 100, (document) => ({ ...document, createdAt: 1 }))).rejects.toMatchObject({
    code: 'busy',
  });
});

test('a change of nothing writes nothing, of no guest is none', async () => {
  const store = createMemoryStore();
  expect(await changeGuest(store, 100, (document) => document)).toBeUndefined();
  await store.write('guests/100', guest(100, {}));
  await changeGuest(store, 100, () => undefined);
  expect(store.read('guests/100')?.version).toBe(1);
  await store.write('guests/100', guest(100, {}, { name: 'a' }));
  await changeGuest(store, 100, withoutRunning);
  expect(store.read('guests/100')?.value).not.toHaveProperty('running');
});

test('users of a volume: wanted, in force, unused, as a disc or for the firmware', async () => {
  const store = createMemoryStore();
  await store.write('guests/100', guest(100, { scsi0: disk(100), ide2: 'iso:iso/a.iso,media=cdrom' }));
  await store.write('guests/101', guest(101, { unused0: disk(101) }, { scsi0: disk(101, 1) }));
  await store.write('guests/102', guest(102, { efidisk0: 'fast:102/vm-102-disk-0.raw,efitype=4m' }));
  await store.write(
    'guests/103',
    guest(103, { ide2: 'iso:iso/a.iso,media=cdrom', sata0: 'none,media=cdrom' }),
  );
  const users = volumeUsers(store);
  expect(users.ofVolume(disk(100))).toEqual(['VM 100']);
  expect(users.ofVolume(disk(101))).toEqual(['VM 101']);
  expect(users.ofVolume(disk(101, 1))).toEqual(['VM 101']);
  expect(users.ofVolume('iso:iso/a.iso')).toEqual(['VM 100', 'VM 103']);
  expect(users.ofVolume(disk(100, 1))).toEqual([]);
  expect(users.ofStorage('local')).toEqual(['VM 100', 'VM 101']);
  expect(users.ofStorage('fast')).toEqual(['VM 102']);
  expect(users.ofStorage('none')).toEqual([]);
  await store.write('guests/104', {
    ...guest(
      104,
      { hookscript: 'iso:snippets/hook.sh' },
      { cicustom: 'user=iso:snippets/u.yaml,meta=iso:snippets/m' },
    ),
    snapshots: { before: { config: { cicustom: 'vendor=iso:snippets/old.yaml' }, snaptime: 1 } },
  });
  for (const name of ['hook.sh', 'u.yaml', 'm', 'old.yaml'])
    expect(users.ofVolume(`iso:snippets/${name}`)).toEqual(['VM 104']);
  expect(users.ofVolume('iso:snippets/other')).toEqual([]);
  expect([...volumesOfOthers(store, 101)]).not.toContain(disk(101));
  expect([...volumesOfOthers(store, 100)]).toContain(disk(101, 1));
});
