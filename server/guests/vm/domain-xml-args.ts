// Arguments of QEMU's command line that libvirt passes on as they are.
import { splitArgs } from '../config/split-args.ts';
import type { VmModel } from '../config/vm-model.ts';
import { element, type XmlElement } from './xml.ts';

/** libvirt's own namespace for them (drvqemu, "Pass-through of arbitrary qemu commands"). */
const namespace = 'http://libvirt.org/schemas/domain/qemu/1.0';

export function commandLineElement({ args }: VmModel): XmlElement | undefined {
  const words = args === undefined ? [] : splitArgs(args);
  if ('broken' in words || words.length === 0) return undefined;
  return element(
    'qemu:commandline',
    { 'xmlns:qemu': namespace },
    words.map((value) => element('qemu:arg', { value })),
  );
}
