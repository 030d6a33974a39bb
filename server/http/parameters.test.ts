// Parameters of a streamed body: the handler reads them by itself, with the declaration's own types.
import { describe, expect, it } from 'vitest';
import { uploadFile } from '../contract/node-storage.ts';
import { mergeParams, readParams } from './parameters.ts';

describe('readParams', () => {
  const path = { node: 'pve', storage: 'local' };

  it('leaves out what a streamed body brings later, and checks what is there', () => {
    expect(readParams(uploadFile, path, { partial: true })).toEqual(path);
    expect(() => readParams(uploadFile, { ...path, content: 'x' }, { partial: true })).toThrow();
    expect(() => readParams(uploadFile, path)).toThrow('Parameter verification failed.');
  });

  it('gives the declared types once all is there', () => {
    const params = readParams(uploadFile, mergeParams({ content: 'iso', filename: 'a.iso' }, path));
    const content: 'iso' | 'vztmpl' | 'import' = params.content;
    expect([content, params.filename, params.storage]).toEqual(['iso', 'a.iso', 'local']);
  });
});
