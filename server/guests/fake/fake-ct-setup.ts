// A set-up of containers that writes nothing: for development without root.
import type { CtFileSystems, CtSetup } from '../ct/ct-setup.ts';

export const fakeCtSetup: CtSetup = {
  unpack: async () => ({ osType: 'debian', arch: 'amd64', entries: 1, bytes: 1 }),
  detect: async () => ({ osType: 'debian', arch: 'amd64' }),
  firstTime: async () => {},
  apply: async () => [],
};

export const fakeCtFileSystems: CtFileSystems = {
  format: async () => {},
  grow: async () => {},
  copyTree: async () => {},
};
