// Nodes of the lab: the built ISO, installed and restored from one saved state, and yet not the same.
import { expect, it } from 'vitest';
import { withLab } from './fixture.ts';
import { recordedIds } from './run-folder.ts';

it('restores nodes that differ, see each other, and answer by ssh and by their API', async () => {
  const ids = await withLab(2, async (nodes) => {
    const facts = await Promise.all(
      nodes.map(async (node) => ({
        name: await node.ssh.output(['hostname']),
        machineId: await node.ssh.output(['cat', '/etc/machine-id']),
        node: await node.api.node(),
        drift: Math.abs(Number(await node.ssh.output(['date', '+%s'])) - Date.now() / 1000),
      })),
    );
    expect(facts.map(({ name }) => name)).toEqual(['lab1', 'lab2']);
    expect(facts.map(({ node }) => node)).toEqual(['lab1', 'lab2']);
    expect(new Set(facts.map(({ machineId }) => machineId)).size).toBe(2);
    for (const { drift } of facts) expect(drift).toBeLessThan(10);

    const [one, two] = nodes;
    await one!.ssh.run(['ping', '-c', '3', '-W', '5', two!.privateAddress]);
    await one!.ssh.script(`printf 'a b' > "/tmp/it's"; test "$(cat "/tmp/it's")" = 'a b'`);
    await expect(one!.ssh.run(['false'])).rejects.toThrow();
    return nodes.map(({ machine }) => machine.id);
  });
  for (const id of ids) expect(recordedIds()).not.toContain(id);
});

it('cuts the power of a node, which then boots from its own disk as the same node', async () => {
  await withLab(1, async ([node]) => {
    const { machine, ssh, api } = node!;
    const before = await ssh.output(['cat', '/etc/machine-id']);
    await ssh.script('echo kept > /etc/croft/kept && sync');
    await ssh.close();
    await machine.cut();
    await machine.start();
    await ssh.waitUntilUp(300_000, () => machine.running);
    expect(await ssh.output(['cat', '/etc/machine-id'])).toBe(before);
    expect(await ssh.output(['cat', '/etc/croft/kept'])).toBe('kept');
    await api.waitUntilUp(300_000, () => machine.running);
    expect(await api.call('GET', '/version')).toHaveProperty('version');
  });
});
