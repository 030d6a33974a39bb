// Starts a tiny machine, prints its id and stays: for the test of what becomes of machines when their process is killed.
import { setTimeout as delay } from 'node:timers/promises';
import { Machine } from './machine.ts';
import { tinyGuest } from './tiny-guest.ts';

const kept = process.argv[2] === 'kept';
const machine = await Machine.create(
  { name: 'elsewhere', memoryMiB: 256, kernel: await tinyGuest() },
  { kept },
);
await machine.start();
process.stdout.write(`${machine.id}\n`);
await delay(120_000);
await machine.dispose();
