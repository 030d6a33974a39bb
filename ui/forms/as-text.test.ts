// Requests as texts to copy.
import { expect, test } from 'vitest';
import { asApiRequest, asCommand } from './as-text.ts';

test('the command quotes what a shell would take apart', () => {
  const text = asCommand('/nodes/a/qemu', {
    ide2: "local:iso/it's; rm.iso,media=cdrom",
    boot: 'order=scsi0;ide2',
    start: true,
    onboot: false,
    name: undefined,
  });
  expect(text.split(' \\\n')).toEqual([
    'croft api create /nodes/a/qemu',
    "  --ide2 'local:iso/it'\\''s; rm.iso,media=cdrom'",
    "  --boot 'order=scsi0;ide2'",
    '  --start 1',
    '  --onboot 0',
  ]);
});

test('the request shows path and body', () => {
  const text = asApiRequest('/nodes/a/lxc', { vmid: 101, start: true });
  expect(text.startsWith('POST /api2/json/nodes/a/lxc\n{')).toBe(true);
  expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual({ vmid: 101, start: true });
});

test('a secret is in neither', () => {
  const params = { vmid: 101, password: 'hunter22' };
  for (const text of [
    asApiRequest('/nodes/a/lxc', params, ['password']),
    asCommand('/nodes/a/lxc', params, ['password']),
  ]) {
    expect(text).not.toContain('hunter22');
    expect(text).toContain('password');
  }
});
