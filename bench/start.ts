// placeholder
import type { Bench } from './bench.ts';
export const bench: Bench = { name: 'start', about: '', run: async () => [] };
