// Endpoints of notifications: where they go, by sendmail(8), SMTP, Gotify or a request of any kind.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import {
  changing,
  common,
  commonReply,
  entryName,
  isBase64Text,
  limited,
  mayAudit,
  mayLook,
  mayModify,
  mayReach,
  readNamedValue,
} from './notification-parts.ts';
import { array, choice, integer, string, userId } from './params.ts';
import { nothing } from './reply.ts';

const url = () => string({}, limited(2048));
/** A line of a mail's head. */
const line = (characters: number) =>
  string({}, (text) => (/[\r\n]/.test(text) ? 'must be one line' : limited(characters)(text)));

const mailFields = {
  author: line(256).optional(),
  mailto: array(
    string({ format: 'email-or-username' }, (text) =>
      text.length <= 254 && /^[^\s@,;<>"-][^\s@,;<>"]*(@[^\s@,;<>"]+)?$/.test(text)
        ? undefined
        : 'not a mail address or user',
    ),
  ).optional(),
  'mailto-user': array(userId({ format: 'pve-userid' })).optional(),
} as const;

const mailReply = {
  author: z.string().optional(),
  'from-address': z.string().optional(),
  mailto: z.array(z.string()).optional(),
  'mailto-user': z.array(z.string()).optional(),
} as const;

const sendmailFields = { ...common, ...mailFields, 'from-address': line(254).optional() } as const;
const sendmailReply = z.object({ ...commonReply, ...mailReply });

const smtpOptions = {
  ...common,
  ...mailFields,
  mode: choice(['insecure', 'starttls', 'tls'], { default: 'tls' }).optional(),
  /** Never answered. */
  password: string({}, limited(1024)).optional(),
  port: integer().optional(),
  username: string({}, limited(256)).optional(),
} as const;
const smtpReply = z.object({
  ...commonReply,
  ...mailReply,
  mode: z.enum(['insecure', 'starttls', 'tls']).optional(),
  port: z.number().optional(),
  server: z.string(),
  username: z.string().optional(),
});

const gotifyReply = z.object({ ...commonReply, server: z.string() });
/** Never answered. */
const token = () => string({}, limited(1024));

const namedValue = (facts: 'header' | 'secret') =>
  string({}, (text) => {
    const read = readNamedValue(text);
    if (!read || text.length > 16_384) return `not a ${facts}: write name=NAME,value=BASE64`;
    const isName =
      facts === 'header' ? /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/ : /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
    if (!isName.test(read.name)) return `not a valid name of a ${facts}`;
    return isBase64Text(read.value ?? '') ? undefined : 'the value is not Base64 of a text';
  });

const webhookOptions = {
  ...common,
  /** Base64 of a template. */
  body: string({}, (text) =>
    text.length > 65_536 ? 'is too long' : isBase64Text(text) ? undefined : 'is not Base64 of a text',
  ).optional(),
  header: array(namedValue('header')).optional(),
  /** Their values are never answered; one without a value stays as it is. */
  secret: array(namedValue('secret')).optional(),
} as const;
const requestMethod = () => choice(['post', 'put', 'get']);
const webhookReply = z.object({
  ...commonReply,
  body: z.string().optional(),
  header: z.array(z.string()).optional(),
  method: z.enum(['post', 'put', 'get']),
  /** `name=NAME`, without the values. */
  secret: z.array(z.string()).optional(),
  url: z.string(),
});

export const listSendmail = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/sendmail',
  summary: 'Endpoints that mail by the program sendmail of the node',
  params: z.object({}),
  returns: z.array(sendmailReply),
  permission: mayLook,
});
export const createSendmail = defineMethod({
  verb: 'POST',
  path: '/cluster/notifications/endpoints/sendmail',
  summary: 'Add an endpoint that mails by sendmail',
  params: z.object({ ...sendmailFields, name: entryName() }),
  returns: nothing,
  permission: mayReach,
});
export const getSendmail = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/sendmail/{name}',
  summary: 'One endpoint that mails by sendmail',
  params: z.object({ name: entryName() }),
  returns: sendmailReply,
  permission: mayLook,
});
export const updateSendmail = defineMethod({
  verb: 'PUT',
  path: '/cluster/notifications/endpoints/sendmail/{name}',
  summary: 'Change an endpoint that mails by sendmail',
  params: z.object({ ...sendmailFields, ...changing, name: entryName() }),
  returns: nothing,
  permission: mayReach,
});
export const deleteSendmail = defineMethod({
  verb: 'DELETE',
  path: '/cluster/notifications/endpoints/sendmail/{name}',
  summary: 'Remove an endpoint; one that comes with the system is as at first again',
  params: z.object({ name: entryName() }),
  returns: nothing,
  permission: mayModify,
});

export const listSmtp = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/smtp',
  summary: 'Endpoints that mail through a mail server',
  params: z.object({}),
  returns: z.array(smtpReply),
  permission: mayLook,
});
export const createSmtp = defineMethod({
  verb: 'POST',
  path: '/cluster/notifications/endpoints/smtp',
  summary: 'Add an endpoint that mails through a mail server',
  params: z.object({ ...smtpOptions, name: entryName(), server: line(253), 'from-address': line(254) }),
  returns: nothing,
  permission: mayReach,
});
export const getSmtp = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/smtp/{name}',
  summary: 'One endpoint that mails through a mail server',
  params: z.object({ name: entryName() }),
  returns: smtpReply,
  permission: mayLook,
});
export const updateSmtp = defineMethod({
  verb: 'PUT',
  path: '/cluster/notifications/endpoints/smtp/{name}',
  summary: 'Change an endpoint that mails through a mail server',
  params: z.object({
    ...smtpOptions,
    ...changing,
    name: entryName(),
    server: line(253).optional(),
    'from-address': line(254).optional(),
  }),
  returns: nothing,
  permission: mayReach,
});
export const deleteSmtp = defineMethod({
  verb: 'DELETE',
  path: '/cluster/notifications/endpoints/smtp/{name}',
  summary: 'Remove an endpoint that mails through a mail server',
  params: z.object({ name: entryName() }),
  returns: nothing,
  permission: mayModify,
});

export const listGotify = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/gotify',
  summary: 'Endpoints that are Gotify servers',
  params: z.object({}),
  returns: z.array(gotifyReply),
  permission: mayAudit,
});
export const createGotify = defineMethod({
  verb: 'POST',
  path: '/cluster/notifications/endpoints/gotify',
  summary: 'Add a Gotify server',
  params: z.object({ ...common, name: entryName(), server: url(), token: token() }),
  returns: nothing,
  permission: mayReach,
});
export const getGotify = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/gotify/{name}',
  summary: 'One Gotify server',
  params: z.object({ name: entryName() }),
  returns: gotifyReply,
  permission: mayLook,
});
export const updateGotify = defineMethod({
  verb: 'PUT',
  path: '/cluster/notifications/endpoints/gotify/{name}',
  summary: 'Change a Gotify server',
  params: z.object({
    ...common,
    ...changing,
    name: entryName(),
    server: url().optional(),
    token: token().optional(),
  }),
  returns: nothing,
  permission: mayReach,
});
export const deleteGotify = defineMethod({
  verb: 'DELETE',
  path: '/cluster/notifications/endpoints/gotify/{name}',
  summary: 'Remove a Gotify server',
  params: z.object({ name: entryName() }),
  returns: nothing,
  permission: mayModify,
});

export const listWebhooks = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/webhook',
  summary: 'Endpoints that are requests of one’s own making',
  params: z.object({}),
  returns: z.array(webhookReply),
  permission: mayAudit,
});
export const createWebhook = defineMethod({
  verb: 'POST',
  path: '/cluster/notifications/endpoints/webhook',
  summary: 'Add a request that is sent; url, headers and body are templates',
  params: z.object({ ...webhookOptions, name: entryName(), method: requestMethod(), url: url() }),
  returns: nothing,
  permission: mayReach,
});
export const getWebhook = defineMethod({
  verb: 'GET',
  path: '/cluster/notifications/endpoints/webhook/{name}',
  summary: 'One request that is sent',
  params: z.object({ name: entryName() }),
  returns: webhookReply,
  permission: mayLook,
});
export const updateWebhook = defineMethod({
  verb: 'PUT',
  path: '/cluster/notifications/endpoints/webhook/{name}',
  summary: 'Change a request that is sent; secrets that are not named are forgotten',
  params: z.object({
    ...webhookOptions,
    ...changing,
    name: entryName(),
    method: requestMethod().optional(),
    url: url().optional(),
  }),
  returns: nothing,
  permission: mayReach,
});
export const deleteWebhook = defineMethod({
  verb: 'DELETE',
  path: '/cluster/notifications/endpoints/webhook/{name}',
  summary: 'Remove a request that is sent',
  params: z.object({ name: entryName() }),
  returns: nothing,
  permission: mayModify,
});

export const notificationEndpointMethods = [
  listSendmail,
  createSendmail,
  getSendmail,
  updateSendmail,
  deleteSendmail,
  listSmtp,
  createSmtp,
  getSmtp,
  updateSmtp,
  deleteSmtp,
  listGotify,
  createGotify,
  getGotify,
  updateGotify,
  deleteGotify,
  listWebhooks,
  createWebhook,
  getWebhook,
  updateWebhook,
  deleteWebhook,
] as const;
