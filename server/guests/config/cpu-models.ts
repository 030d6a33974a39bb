// Names of processor models that a configuration may ask for.

/** Models that stand for what the host, or QEMU, can give; and the levels of the x86-64 psABI. */
const generalModels = ['host', 'max', 'x86-64-v2', 'x86-64-v2-AES', 'x86-64-v3', 'x86-64-v4'];

/** QEMU's named models, without the variants `-v2`, `-v3`, ... */
const namedModels = [
  ...['486', 'athlon', 'core2duo', 'coreduo', 'kvm32', 'kvm64', 'pentium', 'pentium2', 'pentium3', 'phenom'],
  ...['qemu32', 'qemu64', 'Conroe', 'Penryn', 'Nehalem', 'Nehalem-IBRS', 'Westmere', 'Westmere-IBRS'],
  ...['SandyBridge', 'SandyBridge-IBRS', 'IvyBridge', 'IvyBridge-IBRS'],
  ...['Haswell', 'Haswell-IBRS', 'Haswell-noTSX', 'Haswell-noTSX-IBRS'],
  ...['Broadwell', 'Broadwell-IBRS', 'Broadwell-noTSX', 'Broadwell-noTSX-IBRS'],
  ...['Skylake-Client', 'Skylake-Client-IBRS', 'Skylake-Client-noTSX-IBRS'],
  ...['Skylake-Server', 'Skylake-Server-IBRS', 'Skylake-Server-noTSX-IBRS'],
  ...['Cascadelake-Server', 'Cascadelake-Server-noTSX', 'Cooperlake'],
  ...['Icelake-Client', 'Icelake-Client-noTSX', 'Icelake-Server', 'Icelake-Server-noTSX'],
  ...['SapphireRapids', 'GraniteRapids', 'SierraForest', 'Snowridge', 'KnightsMill'],
  ...['Opteron_G1', 'Opteron_G2', 'Opteron_G3', 'Opteron_G4', 'Opteron_G5', 'Dhyana'],
  ...['EPYC', 'EPYC-IBPB', 'EPYC-Rome', 'EPYC-Milan', 'EPYC-Genoa'],
];
const known = new Set([...generalModels, ...namedModels]);

/** A named model without its variant: libvirt knows the base only. */
export function baseCpuModel(model: string): string {
  return generalModels.includes(model) ? model : model.replace(/-v\d+$/, '');
}

export function isKnownCpu(model: string): boolean {
  return known.has(baseCpuModel(model));
}
