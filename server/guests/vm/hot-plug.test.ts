// Changes of a running domain, one after the other: what cannot be done now, and what must not be done then.
import { ErrorNumber, LibvirtError, type ReconnectingLibvirt } from 'node-libvirt';
import { expect, test } from 'vitest';
import { quietContext } from '../../core/work-context.ts';
import { applyChanges } from './hot-plug.ts';
import type { VmChange } from './vm-start.ts';

const domain = { name: 'test-100', uuid: '351e3286-0faf-4da4-8d49-cb09015de1e8', id: 7 };

function world() {
  const done: string[] = [];
  const client = {
    devices: {
      async update(_domain: unknown, xml: string) {
        if (xml === 'new model')
          throw new LibvirtError('remote', 'cannot modify', { code: ErrorNumber.operationUnsupported });
        done.push(xml);
      },
    },
  } as unknown as ReconnectingLibvirt;
  const log: string[] = [];
  const context = { ...quietContext(), log: (line: string) => log.push(line) };
  return {
    done,
    log,
    apply: (changes: VmChange[]) => applyChanges(client, client, context, domain, changes),
  };
}
const update = (key: string, deviceXml: string): VmChange => ({ key, action: 'update', deviceXml });

test('what needs a restart is named, and holds up nobody else', async () => {
  const { apply, done, log } = world();
  expect(await apply([update('net0', 'new model'), update('net1', 'up')])).toEqual(['net0']);
  expect(done).toEqual(['up']);
  expect(log).toEqual(['net0: needs a restart of the guest', 'net1: applied']);
});

test('a card that stays as it was stays on its VLANs', async () => {
  const { apply, done } = world();
  const vlans = { tap: 'tap999999999i0', untagged: 5, tagged: [], confined: true };
  const changes = [
    update('net0', 'new model'),
    { key: 'net0', action: 'vlans', vlans } as const,
    update('net0', 'up'),
  ];
  expect(await apply(changes)).toEqual(['net0']);
  expect(done).toEqual([]);
});
