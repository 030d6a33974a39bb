import { describe, expect, it } from 'vitest';
import { renderNotesTemplate, requireNotesTemplate } from './notes-template.ts';

const variables = { cluster: 'office', guestname: 'web', node: 'pve1', vmid: 100 };

describe('the notes of a backup', () => {
  it.each([
    ['', ''],
    ['{{guestname}}', 'web'],
    ['{{cluster}}/{{node}}/{{vmid}}: {{guestname}}', 'office/pve1/100: web'],
    ['{{vmid}}{{vmid}}', '100100'],
    ['{{{vmid}}}', '{100}'],
    ['one\\ntwo', 'one\ntwo'],
    ['C:\\\\new', 'C:\\new'],
    ['\\\\n', '\\n'],
    ['\\\\\\n', '\\\n'],
    ['Größe: groß', 'Größe: groß'],
    // Text, not variables.
    ['{vmid} {{ vmid }} {{}} }}{{ {{a{b}}', '{vmid} {{ vmid }} {{}} }}{{ {{a{b}}'],
    ['$& $1 {{node}}', '$& $1 pve1'],
  ])('%j is %j', (template, expected) => {
    expect(() => requireNotesTemplate(template)).not.toThrow();
    expect(renderNotesTemplate(template, variables)).toBe(expected);
  });

  it('takes what variables stand for as it is', () => {
    const odd = { ...variables, guestname: '{{vmid}}\\n$&', cluster: undefined };
    expect(renderNotesTemplate('{{guestname}}{{cluster}}!', odd)).toBe('{{vmid}}\\n$&!');
  });
});

describe('what is no template', () => {
  const all = 'there are {{cluster}}, {{guestname}}, {{node}}, {{vmid}}';
  it.each([
    ['{{name}}', `unknown variable {{name}} (did you mean {{node}}?): ${all}`],
    ['{{VMID}}', `unknown variable {{VMID}} (did you mean {{vmid}}?): ${all}`],
    ['{{storage}} {{vmid}}', `unknown variable {{storage}}: ${all}`],
    ['{{__proto__}}', `unknown variable {{__proto__}}: ${all}`],
    ['a\\tb', "'\\t' means nothing: write \\n for a new line, \\\\ for a backslash"],
    ['a\\', 'ends with a single backslash: write \\\\ for one'],
    ['a\\\\\\', 'ends with a single backslash: write \\\\ for one'],
    ['a\nb', 'must not hold control characters: write \\n for a new line'],
    ['a\0b', 'must not hold control characters: write \\n for a new line'],
    ['x'.repeat(1025), 'may only be 1024 characters long'],
  ])('%j', (template, rule) => {
    const refusal = expect.objectContaining({ code: 'invalid-input', fields: { 'notes-template': rule } });
    expect(() => requireNotesTemplate(template)).toThrow(refusal);
    expect(() => renderNotesTemplate(template, variables)).toThrow(refusal);
  });

  it('but 1024 characters are fine', () => {
    expect(() => requireNotesTemplate('x'.repeat(1024))).not.toThrow();
  });
});
