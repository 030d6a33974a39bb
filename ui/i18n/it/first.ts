// Italian words of what is seen first: log-in, the frame around all pages, the tree, the datacenter.
import { frameWords } from './frame.ts';
import { logInWords } from './log-in.ts';
import { overviewWords } from './overview.ts';

export const words = { ...overviewWords, ...frameWords, ...logInWords } as const;
