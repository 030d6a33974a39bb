// Parameters on the wire and errors from it.
import { expect, test } from 'vitest';
import { dataOf, encodeParams, partOf, placeParams } from './client.ts';
import { ApiError, asApiError, errorFromReply } from './errors.ts';

test('parameters: booleans as 1 and 0, arrays repeated, undefined left out', () => {
  const form = encodeParams({ start: true, kvm: false, command: ['a', 'b c'], cores: 2, name: undefined });
  expect(form.toString()).toBe('start=1&kvm=0&command=a&command=b+c&cores=2');
});

test('a hostile name stays in its place of the path', () => {
  expect(
    placeParams('DELETE /nodes/{node}/storage/{storage}/content/{volume}', {
      node: 'a',
      storage: 'local',
      volume: 'local:iso/../../x?y#z',
      delay: 5,
    }),
  ).toEqual({
    verb: 'DELETE',
    at: '/nodes/a/storage/local/content/local%3Aiso%2F..%2F..%2Fx%3Fy%23z',
    rest: { delay: 5 },
  });
});

test('an error takes the message of the body, and field errors that are text', () => {
  const error = errorFromReply(
    400,
    'Parameter verification failed.',
    '{"data":null,"message":"Parameter verification failed.\\n","errors":{"name":"too long ","odd":7}}',
  );
  expect(error.message).toBe('Parameter verification failed.');
  expect(error.fields).toEqual({ name: 'too long' });
  expect(error.unreachable).toBe(false);
});

test('without a body the reason phrase is the message, without that the status', () => {
  expect(errorFromReply(500, 'VM 100 is locked (backup)', '').message).toBe('VM 100 is locked (backup)');
  expect(errorFromReply(502, '', '<html>').message).toBe('HTTP 502');
  expect(errorFromReply(500, 'x', 'null').message).toBe('x');
});

test('lost answers are told apart from refusals', () => {
  expect(new ApiError(0, '').unreachable).toBe(true);
  expect(errorFromReply(502, 'Bad Gateway', '').unreachable).toBe(true);
  expect(errorFromReply(403, 'Forbidden', '').unreachable).toBe(false);
  expect(asApiError('odd')).toMatchObject({ message: 'odd', unreachable: false });
});

test('a reply that is not JSON is an error, not data', () => {
  expect(dataOf(200, '{"data":[1]}')).toEqual([1]);
  expect(() => dataOf(200, '<html>')).toThrow(ApiError);
  expect(() => dataOf(200, 'null')).toThrow(ApiError);
});

test('what stands beside the data is kept if it is what it should be', () => {
  expect(partOf(200, '{"data":[1],"total":7,"reason":"long","more":1}')).toEqual({
    data: [1],
    total: 7,
    reason: 'long',
  });
  expect(partOf(200, '{"data":null,"total":"7"}')).toEqual({ data: null });
});
