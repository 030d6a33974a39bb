// One function for each family of systems: what is written into its root before a start.
import type { CtModel, CtOsType } from '../../ct-model.ts';
import type { SetupFacts } from '../../ct-setup.ts';
import type { NicPlan } from '../network/network-plan.ts';
import type { SetupWriter } from '../setup-writer.ts';
import { setUpAlpine } from './alpine.ts';
import { setUpArchLinux } from './archlinux.ts';
import { setUpDebian } from './debian.ts';
import { setUpGentoo } from './gentoo.ts';
import { setUpOpenSuse } from './opensuse.ts';
import { setUpRedHat } from './redhat.ts';

export interface FamilyWork {
  readonly writer: SetupWriter;
  readonly model: CtModel;
  readonly facts: SetupFacts;
  readonly plans: readonly NicPlan[];
}

export type SetUpFamily = (work: FamilyWork) => Promise<void>;

/** NixOS makes its files from its own configuration: nothing of ours would stay. */
const nothing: SetUpFamily = async () => undefined;

export const systemFamilies: Readonly<Record<CtOsType, SetUpFamily>> = {
  debian: setUpDebian,
  devuan: setUpDebian,
  ubuntu: setUpDebian,
  centos: setUpRedHat,
  fedora: setUpRedHat,
  opensuse: setUpOpenSuse,
  archlinux: setUpArchLinux,
  alpine: setUpAlpine,
  gentoo: setUpGentoo,
  nixos: nothing,
  unmanaged: nothing,
};
