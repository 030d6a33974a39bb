// A device of the node as a property string.
import { expect, test } from 'vitest';
import { checkDevice, deviceString, newDevice } from './ct-device.ts';

test('what is not filled in is not said', () => {
  expect(deviceString({ ...newDevice, path: ' /dev/ttyUSB0 ' })).toBe('/dev/ttyUSB0');
  expect(deviceString({ path: '/dev/kvm', mode: '0660', uid: '0', gid: ' 104 ', denyWrite: true })).toBe(
    '/dev/kvm,mode=0660,uid=0,gid=104,deny-write=1',
  );
});

test('only a device has a path below /dev, a mode is octal, ids are numbers', () => {
  expect(checkDevice({ ...newDevice, path: '/dev/dri/renderD128', mode: '0660', uid: '0' })).toEqual({});
  for (const path of ['', '/dev/', '/etc/passwd', '/dev/a,mode=0777', '/dev/a b'])
    expect(checkDevice({ ...newDevice, path }), path).toEqual({ path: 'device' });
  for (const mode of ['660', '0888', '06600'])
    expect(checkDevice({ ...newDevice, path: '/dev/a', mode }), mode).toEqual({ mode: 'mode' });
  expect(checkDevice({ ...newDevice, path: '/dev/a', uid: '-1', gid: 'tty' })).toEqual({
    uid: 'id',
    gid: 'id',
  });
});
