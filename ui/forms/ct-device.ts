// A device of the node that a container is given: between the form and the property string `/dev/ttyUSB0,mode=0660`. Pure.

export interface DeviceForm {
  readonly path: string;
  /** Octal; empty, as the node has it. */
  readonly mode: string;
  /** Whose it is inside; empty: root. */
  readonly uid: string;
  readonly gid: string;
  readonly denyWrite: boolean;
}

export const newDevice: DeviceForm = { path: '/dev/', mode: '', uid: '', gid: '', denyWrite: false };

export type DeviceProblem = 'device' | 'mode' | 'id';

/** What would certainly be refused. */
export function checkDevice(form: DeviceForm): Partial<Record<keyof DeviceForm, DeviceProblem>> {
  const wrong: Partial<Record<keyof DeviceForm, DeviceProblem>> = {};
  const isId = (text: string) => text.trim() === '' || /^\d+$/.test(text.trim());
  if (!/^\/dev\/[^,\s]+$/.test(form.path.trim())) wrong.path = 'device';
  if (form.mode.trim() !== '' && !/^0[0-7]{3}$/.test(form.mode.trim())) wrong.mode = 'mode';
  if (!isId(form.uid)) wrong.uid = 'id';
  if (!isId(form.gid)) wrong.gid = 'id';
  return wrong;
}

export function deviceString(form: DeviceForm): string {
  const options = (['mode', 'uid', 'gid'] as const)
    .filter((key) => form[key].trim() !== '')
    .map((key) => `${key}=${form[key].trim()}`);
  return [form.path.trim(), ...options, ...(form.denyWrite ? ['deny-write=1'] : [])].join(',');
}
