// QEMU's names of keys (`ctrl-alt-delete`) as Linux key codes (linux/input-event-codes.h), which libvirt takes.
import { maxKeys } from 'node-libvirt';
import { invalidInput } from '../../core/errors.ts';

const row = (first: number, names: string): [string, number][] =>
  names.split(' ').map((name, index) => [name, first + index]);

const codes: ReadonlyMap<string, number> = new Map([
  ...row(1, 'esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab'),
  ...row(16, 'q w e r t y u i o p bracket_left bracket_right ret ctrl'),
  ...row(30, 'a s d f g h j k l semicolon apostrophe grave_accent shift backslash'),
  ...row(44, 'z x c v b n m comma dot slash shift_r asterisk alt spc caps_lock'),
  ...row(59, 'f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 num_lock scroll_lock'),
  ...row(71, 'kp_7 kp_8 kp_9 kp_subtract kp_4 kp_5 kp_6 kp_add kp_1 kp_2 kp_3 kp_0 kp_decimal'),
  ...row(86, 'less f11 f12'),
  ...row(96, 'kp_enter ctrl_r kp_divide sysrq alt_r'),
  ...row(102, 'home up pgup left right end down pgdn insert delete'),
  ...row(119, 'pause'),
  ...row(125, 'meta_l meta_r menu'),
  ['kp_multiply', 55],
  ['print', 99],
]);

/** The codes of keys joined by `-`. Unknown names and more keys than libvirt takes are `invalid-input`. */
export function readKeys(keys: string): number[] {
  const names = keys.split('-');
  if (names.length > maxKeys) throw invalidInput({ key: `at most ${maxKeys} keys can be pressed together` });
  return names.map((name) => {
    const code = codes.get(name);
    if (code === undefined) throw invalidInput({ key: `unknown key '${name.slice(0, 20)}'` });
    return code;
  });
}
