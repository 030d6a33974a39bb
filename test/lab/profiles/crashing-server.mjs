// Takes the daemon's place in an image that is broken on purpose.
process.stderr.write('croft: broken on purpose\n');
process.exit(1);
