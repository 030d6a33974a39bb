// The mock's answers about notifications: targets of all kinds, matchers, tests that arrive and one that does not.
import type { EndpointType } from '../../server/contract/notification-parts.ts';
import { accessOf } from './access-handlers.ts';
import { backupJobs } from './backup-job-handlers.ts';
import { type Handlers, type MockRequest, Refusal } from './reply.ts';
import type { World } from './world.ts';

type Entry = Record<string, unknown> & { name: string; origin: string };
type Target = Entry & { type: EndpointType };
interface NotificationMock {
  targets: Target[];
  matchers: Entry[];
}

const root = '/cluster/notifications';
const now = () => Math.floor(Date.now() / 1000);
const hostile = 'Tickets <img src=x onerror=alert(1)> & "quotes"';
const why =
  "mail server 'mail.example.org': Invalid login: 535 5.7.8 Error: authentication failed: too many attempts";

function first(): NotificationMock {
  const own = { origin: 'user-created' };
  const mailToRoot = {
    ...{ name: 'mail-to-root', type: 'sendmail' as const, origin: 'builtin', 'mailto-user': ['root@pam'] },
    comment: "Send mails to root@pam's email address",
    ...{ 'last-attempt': now() - 30_000 },
    'last-problem': 'mail by sendmail: /usr/sbin/sendmail is not installed',
  };
  return {
    targets: [
      {
        ...{ ...own, name: 'chat', type: 'webhook' as const, method: 'post', comment: hostile },
        url: 'https://chat.example.org/hooks/{{ secrets.path }}',
        header: [`name=Content-Type,value=${btoa('application/json')}`],
        body: btoa('{"text": "*{{ escape title }}*\n```{{ escape message }}```"}'),
        ...{ secret: ['name=path'], 'last-attempt': now() - 900 },
      },
      mailToRoot,
      {
        ...{
          ...own,
          name: 'office-mail',
          type: 'smtp' as const,
          server: 'mail.example.org',
          mode: 'starttls',
        },
        ...{ 'from-address': 'croft@example.org', username: 'croft@example.org' },
        ...{ mailto: ['anna@example.org', 'it@example.org'], 'mailto-user': ['second@pve'] },
        ...{ 'last-attempt': now() - 30_000, 'last-problem': why },
      },
      {
        ...{ ...own, name: 'phones', type: 'gotify' as const, server: 'https://gotify.example.org' },
        ...{ disable: 1, comment: 'On call' },
      },
    ],
    matchers: [
      {
        ...{ name: 'default-matcher', origin: 'modified-builtin', mode: 'all', disable: 1 },
        ...{ target: ['mail-to-root'], comment: 'Route all notifications to mail-to-root' },
      },
      {
        ...{ ...own, name: 'failed-backups', mode: 'all', target: ['office-mail', 'chat'] },
        'match-field': ['exact:type=vzdump,backup-missing,backup-test'],
        'match-severity': ['warning,error'],
      },
      {
        ...{ ...own, name: 'nights', mode: 'any', 'invert-match': 1, target: ['phones'], comment: 'On call' },
        'match-calendar': ['mon-fri 8-18', 'sat 9-13'],
        'match-field': ['regex:hostname=^croft[12]$'],
      },
    ],
  };
}

const mocks = new WeakMap<World, NotificationMock>();

export function notifications(world: World): NotificationMock {
  const known = mocks.get(world) ?? first();
  mocks.set(world, known);
  return known;
}

/** As at the start. */
export function refillNotifications(world: World): void {
  Object.assign(notifications(world), first());
}

const lists = [
  ...['mailto', 'mailto-user', 'header', 'secret', 'target', 'match-field', 'match-severity'],
  'match-calendar',
];

const valuesOf = ({ all }: MockRequest, name: string): string[] => all(name);

/** The options of a request; secrets are not kept. */
function optionsOf(request: MockRequest): Record<string, unknown> {
  const { params } = request;
  const { name: _, delete: _delete, password: _password, token: _token, ...rest } = params;
  const read = Object.entries(rest).map(([key, value]) => {
    if (key === 'secret') return [key, valuesOf(request, key).map((one) => one.split(',')[0])];
    if (lists.includes(key)) return [key, valuesOf(request, key)];
    return [key, key === 'disable' || key === 'invert-match' ? Number(value) : value];
  });
  return Object.fromEntries(read) as Record<string, unknown>;
}

export function notificationHandlers(world: World): Handlers {
  const state = notifications(world);
  const changed = () => world.emit({ type: 'config', path: '/mapping/notifications' });
  const mayChange = () => accessOf(world).need('/mapping/notifications', 'Mapping.Modify');
  const found = <E extends Entry>(list: readonly E[], name: string | undefined): E => {
    const entry = list.find((one) => one.name === name);
    if (!entry) throw new Refusal(500, `'${name}' does not exist`);
    return entry;
  };
  function merged<E extends Entry>(entry: E, request: MockRequest): E {
    const kept = Object.entries(entry).filter(([key]) => !valuesOf(request, 'delete').includes(key));
    const origin = entry.origin === 'builtin' ? 'modified-builtin' : entry.origin;
    return { ...(Object.fromEntries(kept) as E), ...optionsOf(request), origin };
  }
  const isFree = (list: readonly Entry[], name: string | undefined) => {
    if (list.some((one) => one.name === name))
      throw new Refusal(400, 'Parameter verification failed.', { name: 'already exists' });
  };
  const put = <E extends Entry>(list: readonly E[], entry: E): E[] =>
    [...list.filter(({ name }) => name !== entry.name), entry].sort((a, b) => (a.name < b.name ? -1 : 1));

  const ofType = (type: EndpointType): Handlers => ({
    [`GET ${root}/endpoints/${type}`]: () => state.targets.filter((one) => one.type === type),
    [`POST ${root}/endpoints/${type}`]: (request) => {
      mayChange();
      isFree(state.targets, request.params['name']);
      const made = {
        ...optionsOf(request),
        type,
        name: request.params['name'] ?? '',
        origin: 'user-created',
      };
      state.targets = put(state.targets, made);
      changed();
      return null;
    },
    [`PUT ${root}/endpoints/${type}/{name}`]: (request) => {
      mayChange();
      state.targets = put(state.targets, merged(found(state.targets, request.params['name']), request));
      changed();
      return null;
    },
    [`DELETE ${root}/endpoints/${type}/{name}`]: ({ params }) => {
      const user = state.matchers.find(({ target }) => (target as string[]).includes(params['name'] ?? ''));
      if (user)
        throw new Refusal(500, `cannot delete '${params['name']}': the matcher '${user.name}' sends to it`);
      state.targets = state.targets.filter(({ name }) => name !== params['name']);
      changed();
      return null;
    },
  });
  return {
    ...ofType('sendmail'),
    ...ofType('smtp'),
    ...ofType('gotify'),
    ...ofType('webhook'),
    [`GET ${root}/targets`]: async () => {
      await world.before('notifications');
      return state.targets;
    },
    [`POST ${root}/targets/{name}/test`]: ({ params }) => {
      const target = found(state.targets, params['name']);
      const failed = target.type === 'smtp' ? why : undefined;
      const { 'last-problem': _, ...rest } = target;
      const told = {
        ...rest,
        'last-attempt': now(),
        ...(failed === undefined ? {} : { 'last-problem': failed }),
      };
      state.targets = put(state.targets, told as Target);
      if (failed !== undefined) throw new Refusal(500, failed);
      return null;
    },
    [`GET ${root}/matchers`]: async () => {
      await world.before('matchers');
      return state.matchers;
    },
    [`POST ${root}/matchers`]: (request) => {
      isFree(state.matchers, request.params['name']);
      const made = { ...optionsOf(request), name: request.params['name'] ?? '', origin: 'user-created' };
      state.matchers = put(state.matchers, made);
      changed();
      return null;
    },
    [`PUT ${root}/matchers/{name}`]: (request) => {
      const wrong = valuesOf(request, 'match-calendar').find((times) => !/\d-\d/.test(times));
      if (wrong !== undefined)
        throw new Refusal(400, 'Parameter verification failed.', {
          'match-calendar': `'${wrong}': write hours as 9-17 or 8:00-15:30`,
        });
      state.matchers = put(state.matchers, merged(found(state.matchers, request.params['name']), request));
      changed();
      return null;
    },
    [`DELETE ${root}/matchers/{name}`]: ({ params }) => {
      state.matchers = state.matchers.filter(({ name }) => name !== params['name']);
      changed();
      return null;
    },
    [`GET ${root}/matcher-field-values`]: () => [
      ...['vzdump', 'package-updates', 'backup-missing', 'storage-space'].map((value) => ({
        field: 'type',
        value,
      })),
      ...['croft1', 'croft2'].map((value) => ({ field: 'hostname', value })),
      ...backupJobs(world).jobs.map(({ id, comment }) => ({ field: 'job-id', value: id, comment })),
    ],
  };
}
