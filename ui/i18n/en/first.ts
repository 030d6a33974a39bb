// English words of what is seen first: log-in, the frame around all pages, the tree, the datacenter.
import { overviewWords } from './overview.ts';

export const words = { ...overviewWords } as const;
