// What the methods on the configuration of VMs and on that of containers share: its values, what waits, how a size is given.
import { z } from 'zod';
import { choice, string } from './params.ts';

/** The client's fingerprint of the configuration that it read. */
export const digest = string({ maxLength: 40 }).optional();

const configValue = z.union([z.string(), z.number()]);

/** Integers for whole numbers and switches, text for the rest (`cpulimit` too), as the API has it. */
export const configReply = z.record(z.string(), configValue);

/** Every key with its value in force, and what comes with the next start. */
export const pendingReply = z.array(
  z.object({
    key: z.string(),
    value: configValue.optional(),
    pending: configValue.optional(),
    /** 1: will be removed; 2: removed with force. */
    delete: z.number().optional(),
  }),
);

/** A size, or `+` and a size to grow by: `16G`, `+512M`. */
export const newSize = string({ pattern: '\\+?\\d+(\\.\\d+)?[KMGT]?' });

/** What a guest's storages may be able to do. */
export const guestFeature = choice(['snapshot', 'clone', 'copy']);

/** `numbered('mp', 2)`: mp0, mp1. */
export function numbered<N extends string>(name: N, count: number): `${N}${number}`[] {
  return Array.from({ length: count }, (_, i): `${N}${number}` => `${name}${i}`);
}
