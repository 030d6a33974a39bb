// Builds the test guest by hand: `node test/host/debian-guest/build.ts` prints where it is.
import { buildDebianImage } from './build-image.ts';

const image = await buildDebianImage();
process.stdout.write(`${image.path}\n${image.sshKey}\n`);
