// The steps of the image build in their order.
import type { BuildInputs } from '../build-inputs.ts';
import type { Step } from '../step.ts';
import { bootStep } from './boot.ts';
import { bundleStep } from './bundle.ts';
import { isoStep } from './iso.ts';
import { manifestStep } from './manifest.ts';
import { rootfsStep } from './rootfs.ts';
import { squashfsStep } from './squashfs.ts';
import { updateStep } from './update.ts';

export function imageSteps(build: BuildInputs): Step[] {
  return [rootfsStep, bundleStep, bootStep, squashfsStep, manifestStep, isoStep, updateStep].map((step) =>
    step(build),
  );
}
