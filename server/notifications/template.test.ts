// Templates of webhooks: what they make, and what is no template.
import { describe, expect, it } from 'vitest';
import { parseTemplate, type TemplateData } from './template.ts';

const data: TemplateData = {
  title: 'Backup "nightly"',
  message: 'a\n\tb\\',
  severity: 'error',
  timestamp: 1_700_000_000,
  fields: { type: 'vzdump', hostname: 'pve1', 'job-id': 'a b&c=d/é' },
  secrets: { token: 's3cret' },
};
const render = (text: string) => parseTemplate(text, 'body').render(data);

it.each([
  ['plain } text { {', 'plain } text { {'],
  [
    '{{title}}|{{ severity }}|{{{ title }}}|{{& title}}',
    'Backup "nightly"|error|Backup "nightly"|Backup "nightly"',
  ],
  ['{{ timestamp }} {{ fields.type }} {{ secrets.token }}', '1700000000 vzdump s3cret'],
  ['"{{ escape message }}"', '"a\\n\\tb\\\\"'],
  [
    '{"t":{{ json title }},"f":{{json fields}}}',
    '{"t":"Backup \\"nightly\\"","f":{"type":"vzdump","hostname":"pve1","job-id":"a b&c=d/é"}}',
  ],
  ['{{ url-encode fields.job-id }}', 'a%20b%26c%3Dd%2F%C3%A9'],
  ['{{ url-encode "it\'s (x)" }}', 'it%27s%20%28x%29'],
  ['[{{ nothing }}{{ fields.nothing }}{{ title.length }}{{ json nothing }}]', '[null]'],
  ['{{ constructor }}{{ fields.__proto__ }}{{ toString.name }}', ''],
  ['a{{! note }}b{{!-- {{ x }} --}}c', 'abc'],
  ['{{#if fields.hostname}}on {{fields.hostname}}{{else}}somewhere{{/if}}', 'on pve1'],
  ['{{#if fields.nothing}}x{{else}}y{{/if}}{{#unless nothing}}z{{/unless}}', 'yz'],
  ['{{#each fields}}{{@key}}={{this}};{{/each}}', 'type=vzdump;hostname=pve1;job-id=a b&c=d/é;'],
  ['{{#each nothing}}x{{else}}none{{/each}}', 'none'],
  ['{{#each fields}}{{#if this}}+{{/if}}{{/each}}', '+++'],
])('%s', (text, result) => {
  expect(render(text)).toBe(result);
});

describe('what is no template is refused in words', () => {
  it.each([
    ['{{ title', '{{ without }}'],
    ['{{{ title }}', '{{{ without }}}'],
    ['{{#if title}}x', '{{#if}} is not closed'],
    ['{{#if title}}{{#each fields}}{{/if}}{{/each}}', 'nothing is open for {{/if}}'],
    ['{{/if}}', 'nothing is open for {{/if}}'],
    ['{{#with fields}}{{/with}}', 'is not known: write #if'],
    ['{{#if a}}{{else}}{{else}}{{/if}}', 'two {{else}}'],
    ['{{ shout title }}', "'shout' is not known: write escape, json, url-encode"],
    ['{{ constructor title }}', "'constructor' is not known"],
    ['{{ (json fields) }}', 'is not'],
    ['{{ a/b }}', 'is not understood'],
    ['{{}}', 'is not understood'],
    [`${'{{#if a}}'.repeat(5)}${'{{/if}}'.repeat(5)}`, '4 deep at most'],
  ])('%s', (text, why) => {
    expect(() => parseTemplate(text, 'body')).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { body: expect.stringContaining(why) } }),
    );
  });
});

it('makes no result without end', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`f${at}`, 'x'.repeat(200)]));
  const each = (inside: string) => `{{#each fields}}${inside}{{/each}}`;
  const template = parseTemplate(each(each(each('{{this}}'))), 'body');
  expect(() => template.render({ fields: many })).toThrow(expect.objectContaining({ code: 'invalid-input' }));
});
