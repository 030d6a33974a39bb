// Images for a restore while the guest runs: made anew where QEMU cannot bring the rest into them as they are.
import { expect, it } from 'vitest';
import type { Exec } from '../../core/exec.ts';
import { quietContext } from '../../core/work-context.ts';
import { bringsInSubclusters, createLiveRestoreHost } from './live-restore-host.ts';

it.each([
  ['qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)', false],
  ['qemu-img version 8.0.5', false],
  ['qemu-img version 8.1.0', true],
  ['qemu-img version 10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)', true],
  ['something else', false],
])('%s: %j', (text, able) => expect(bringsInSubclusters(text)).toBe(able));

it.each([
  ['7.2.22', { kind: 'file', path: '/a', format: 'qcow2' }, 'create -q -f qcow2 -o extended_l2=off /a 4096'],
  ['10.0.13', { kind: 'file', path: '/a', format: 'qcow2' }, undefined],
  ['7.2.22', { kind: 'file', path: '/a', format: 'raw' }, undefined],
] as const)('QEMU %s, %j', async (version, image, wanted) => {
  const made: string[] = [];
  const exec: Exec = async (_file, args) => {
    if (args[0] === 'create') made.push(args.join(' '));
    const stdout = args[0] === 'info' ? '{"virtual-size": 4096}' : `qemu-img version ${version}`;
    return { exitCode: 0, stdout, stderr: '' };
  };
  await createLiveRestoreHost(exec, '/nowhere').prepare(quietContext(), image);
  expect(made).toEqual(wanted === undefined ? [] : [wanted]);
});
