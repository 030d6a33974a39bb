// Entry of the command line, `croft`: the only place that hands it parts of other folders, loaded when they are used.

import { renderHostNetwork, renderLiveAddress } from '../network/host-config/host-config.ts';
import { readHostNetwork } from '../network/host-config/interfaces-file.ts';
import { processIo } from './cli/io.ts';
import { runCli } from './cli/run-cli.ts';
import { readConfig } from './config.ts';

// A reader that goes away (`croft vm list | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), processIo, {
  hostNetwork: { read: readHostNetwork, render: renderHostNetwork, renderLive: renderLiveAddress },
  installer: {
    checkAnswers: async (text) =>
      (await import('../iso-builder/installer/answers-check.ts')).checkAnswers(text),
  },
  confirmTrial: async (say) => {
    const { confirmTrialHere } = await import('./appliance/confirm-trial.ts');
    const { socket, privateBridge } = readConfig(process.env);
    return await confirmTrialHere(
      { socketPath: socket, exceptInterfaces: privateBridge ? [privateBridge] : [] },
      say,
    );
  },
});
