// What people ask a VM's QEMU: one line at a time, and no secrets in what is shown.
import type { DomainRef, ReconnectingLibvirt } from 'node-libvirt';
import { expect, test } from 'vitest';
import { askMonitor, withoutSecrets } from './human-monitor.ts';

const client = (answer: string, asked: unknown[] = []) =>
  ({
    qemu: {
      monitorCommand: async (...args: unknown[]) => {
        asked.push(args.slice(1));
        return answer;
      },
    },
  }) as unknown as ReconnectingLibvirt;
const domain = {} as DomainRef;

test('a line reaches the monitor, with a time limit, and its answer is bounded', async () => {
  const asked: unknown[] = [];
  expect(await askMonitor(client('VM status: running\r\n', asked), domain, ' info status ')).toBe(
    'VM status: running\n',
  );
  expect(asked).toEqual([['info status', true, { timeoutMs: 10_000 }]]);
  expect(await askMonitor(client('x'.repeat(3_000_000)), domain, 'info mtree')).toHaveLength(1_000_007);
});

test.each(['', '  ', 'info status\nquit', 'info\u0000', 'info\u001b[A', 'x'.repeat(4097)])(
  '%j is refused',
  async (command) => {
    const asked: unknown[] = [];
    await expect(askMonitor(client('', asked), domain, command)).rejects.toMatchObject({
      code: 'invalid-input',
      fields: { command: expect.any(String) },
    });
    expect(asked).toEqual([]);
  },
);

test('secrets are cut from a command line', () => {
  const line = withoutSecrets(
    [
      '/usr/bin/qemu-system-x86_64 -name guest=croft-100',
      '-object secret,id=s0,data=c2VjcmV0,keyid=masterKey0,iv=aXY=,format=base64',
      `-object '{"qom-type":"secret","id":"masterKey0","data":"c2Vj\\"cmV0","file":"/x"}'`,
      '-drive file=a,password=hunter2,id=d0 -drive key=k3y',
    ].join(' '),
  );
  expect(line).not.toMatch(/c2VjcmV0|cmV0|aXY=|hunter2|k3y/);
  expect(line).toContain('keyid=masterKey0');
  expect(line).toContain('"data":"***","file":"/x"');
});
