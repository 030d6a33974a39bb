// Writes what a container's configuration says into its root, for its family of systems.
import { withRoot } from '../../../core/root-files.ts';
import type { CtSetup } from '../ct-setup.ts';
import { systemFamilies } from './families/system-families.ts';
import { networkPlans } from './network/network-plan.ts';
import { createSetupWriter } from './setup-writer.ts';

/** `CtSetup.apply`. A file that cannot be written is told in the log and left: the container starts all the same. */
export const apply: CtSetup['apply'] = async (context, root, model, facts) => {
  if (model.osType === 'unmanaged') return [];
  return withRoot(root, async (files) => {
    const writer = createSetupWriter(files, (sentence) => context.log(`warning: ${sentence}`));
    await systemFamilies[model.osType]({ writer, model, facts, plans: networkPlans(model) });
    return [...writer.written];
  });
};
