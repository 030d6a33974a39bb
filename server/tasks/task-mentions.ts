// What the tasks that have not ended mention: guests by number and volumes by name. Whoever removes what nobody names asks here first.
import type { UnendedTask } from './task-store.ts';

export interface TaskMentions {
  guest(vmid: number): boolean;
  /** Anywhere in a text: with or without its storage, folder and extension. */
  text(part: string): boolean;
}

/** Looks at parameters and stored state of the tasks. Rather too much counts than too little: any number may be that of a guest. */
export function mentionsOf(
  tasks: readonly Pick<UnendedTask, 'record' | 'paramsJson' | 'stateJson'>[],
): TaskMentions {
  const numbers = new Set<number>();
  const texts: string[] = [];
  const take = (value: unknown): void => {
    if (typeof value === 'number') numbers.add(value);
    else if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null)
      for (const [name, each] of Object.entries(value)) {
        texts.push(name);
        take(each);
      }
  };
  for (const { record, paramsJson, stateJson } of tasks) {
    take(Number(record.objectId));
    take(JSON.parse(paramsJson));
    take(JSON.parse(stateJson));
  }
  return {
    guest: (vmid) => numbers.has(vmid),
    text: (part) => texts.some((text) => text.includes(part)),
  };
}
