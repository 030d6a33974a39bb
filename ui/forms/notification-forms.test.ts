// The forms of targets and matchers: what is read is what is sent, changes say what is gone, secrets stay.
import { describe, expect, test } from 'vitest';
import {
  changedMatcherParams,
  checkMatcher,
  chosenSeverities,
  type MatcherForm,
  newMatcher,
  newMatcherParams,
  readMatcher,
} from './notification-matcher.ts';
import {
  changedTargetParams,
  checkTarget,
  newTarget,
  newTargetParams,
  readTarget,
  type TargetForm,
  webhookExamples,
} from './notification-target.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const said = (params: object) =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
const wrong = (problems: object) => Object.keys(said(problems));

describe('targets', () => {
  const smtp: TargetForm = {
    ...newTarget,
    ...{ name: 'mail', server: ' mail.example.org ', from: 'a@example.org', mailto: 'b@x.org;\nc@x.org' },
    ...{ username: 'me', password: ' pass ', port: '2525', mode: 'starttls' },
  };
  test('a mail server', () => {
    expect(wrong(checkTarget(smtp, undefined))).toEqual([]);
    const sent = {
      ...{ name: 'mail', server: 'mail.example.org', 'from-address': 'a@example.org', port: '2525' },
      ...{ mailto: ['b@x.org', 'c@x.org'], username: 'me', password: ' pass ', mode: 'starttls' },
    };
    expect(said(newTargetParams(smtp))).toEqual(sent);
    const { password: _, ...answer } = sent;
    const before = readTarget('smtp', { ...answer, port: 2525, comment: 'x', disable: 1 });
    expect(before).toMatchObject({ password: '', port: '2525', enabled: false, mode: 'starttls' });
    expect(wrong(checkTarget(before, before))).toEqual([]);
    expect(
      said(changedTargetParams({ ...before, enabled: true, comment: '', username: '' }, before)),
    ).toEqual({
      ...answer,
      username: undefined,
      disable: false,
      delete: ['comment', 'disable', 'username', 'password'],
    });
  });

  test('a request; secrets that nobody wrote stay, others do not', () => {
    const before = readTarget('webhook', {
      ...{ name: 'chat', url: 'https://x.org', method: 'put', body: base64('größer {{ title }}') },
      ...{ header: [`name=A,value=${base64('{{ title }}')}`], secret: ['name=key', 'name=old'] },
    });
    expect(before).toMatchObject({
      body: 'größer {{ title }}',
      headers: [{ name: 'A', value: '{{ title }}' }],
      secrets: [
        { name: 'key', value: '', kept: true },
        { name: 'old', value: '', kept: true },
      ],
    });
    const now = {
      ...before,
      headers: [],
      secrets: [before.secrets[0]!, { name: ' new ', value: 'é', kept: false }],
    };
    expect(said(changedTargetParams(now, before))).toMatchObject({
      ...{ secret: ['name=key', `name=new,value=${base64('é')}`], delete: ['header'] },
      body: base64('größer {{ title }}'),
    });
    expect(said(changedTargetParams({ ...before, secrets: [] }, before))).toMatchObject({
      delete: ['secret'],
    });
  });

  test.each([
    [{ type: 'sendmail', name: 'x' }, ['name', 'mailto']],
    [{ type: 'sendmail', name: 'xx', users: ['root@pam'] }, []],
    [
      { type: 'smtp', name: 'xx', username: 'a', port: '70000' },
      ['mailto', 'server', 'from', 'password', 'port'],
    ],
    [{ type: 'gotify', name: 'xx', server: 'x.org' }, ['server', 'token']],
    [{ type: 'webhook', name: 'xx', url: 'ftp://x' }, ['url']],
    [{ type: 'webhook', name: 'xx', url: 'http://x', ...webhookExamples['Slack'] }, ['secrets']],
  ] as const)('%j', (part, fields) => {
    expect(wrong(checkTarget({ ...newTarget, ...part } as TargetForm, undefined))).toEqual(fields);
  });
});

describe('matchers', () => {
  const form: MatcherForm = {
    ...newMatcher,
    ...{ name: 'night', invert: true, times: ' mon-fri 8-17\n\nsat 9-12 ', severities: ['warning', 'error'] },
    ...{ targets: ['mail'], fields: [{ kind: 'exact', field: 'type', value: 'vzdump' }] },
  };
  test('are sent and read as they are', () => {
    const sent = said(newMatcherParams(form));
    expect(sent).toEqual({
      ...{ name: 'night', mode: 'all', 'invert-match': true, target: ['mail'] },
      ...{ 'match-field': ['exact:type=vzdump'], 'match-severity': ['warning,error'] },
      'match-calendar': ['mon-fri 8-17', 'sat 9-12'],
    });
    const read = readMatcher({ ...sent, 'invert-match': 1 } as never);
    expect(read).toEqual({ ...form, times: 'mon-fri 8-17\nsat 9-12' });
    expect(said(changedMatcherParams({ ...read, times: '', invert: false }, read))).toMatchObject({
      ...{ disable: false, 'invert-match': false, delete: ['invert-match', 'match-calendar'] },
    });
  });

  test('several rules about severities are one', () => {
    const item = { name: 'x', 'match-severity': ['info,error', 'error, warning'] };
    expect(chosenSeverities({ ...item, mode: 'all' })).toEqual(['error']);
    expect(chosenSeverities({ ...item, mode: 'any' })).toEqual(['info', 'warning', 'error']);
  });

  test('need a name, a target, and whole rules', () => {
    const rule = { kind: 'exact', field: 'type', value: ' ' } as const;
    expect(wrong(checkMatcher({ ...newMatcher, fields: [rule] }))).toEqual(['name', 'fields', 'targets']);
    expect(wrong(checkMatcher(form))).toEqual([]);
  });
});
