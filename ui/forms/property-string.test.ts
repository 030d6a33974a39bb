// Taking property strings apart and joining them again.
import { expect, test } from 'vitest';
import { parseProperties, renderProperties, withOptions } from './property-string.ts';

test.each([
  'local:100/vm-100-disk-0.qcow2,discard=on,size=32G',
  'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1',
  'none,media=cdrom',
  'local:iso/odd=name.iso,media=cdrom',
])('%s goes there and back', (text) => {
  expect(renderProperties(parseProperties(text))).toBe(text);
});

test('the lead is the part without a name, options keep their values whole', () => {
  const drive = parseProperties('local:iso/odd=name.iso,media=cdrom,serial=a=b');
  expect(drive.lead).toBe('local:iso/odd=name.iso');
  expect(drive.options.get('serial')).toBe('a=b');
  expect(parseProperties('virtio=AA,bridge=vmbr0').lead).toBe('');
});

test('options are replaced in place, added at the end, removed', () => {
  const net = parseProperties('virtio=AA,bridge=vmbr0,firewall=1');
  expect(renderProperties(withOptions(net, { bridge: 'vmbr1', firewall: undefined, tag: '7' }))).toBe(
    'virtio=AA,bridge=vmbr1,tag=7',
  );
});
