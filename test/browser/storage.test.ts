// A storage in a real browser on the real daemon: what it is, and files that come from here or from elsewhere and go again.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { TestDaemon } from '../host/daemon.ts';
import { eventually } from '../host/wait.ts';
import { deskBridge as bridge } from './ct-desk.ts';
import { Desk } from './desk.ts';
import type { Person } from './person.ts';

const image = readFileSync('/usr/lib/ipxe/ipxe.iso');
const sha256 = createHash('sha256').update(image).digest('hex');
const desk = new Desk('st', new TestDaemon({ privateBridge: bridge }));
const folder = join(desk.daemon.storagePath, 'template/iso');
let server: Server;
let url: string;
let person: Person;

beforeAll(async () => {
  await desk.open();
  ({ person } = desk);
  // Nodes fetch nothing from their own loopback: the files are served at the address of a bridge that this daemon made.
  const address = await eventually('the bridge has an address', 20_000, async () => {
    const { stdout } = await exec('ip', ['-4', '-oneline', 'address', 'show', 'dev', bridge]);
    return / inet ([\d.]+)\//.exec(stdout)?.[1];
  });
  server = createServer((request, response) => {
    if (request.url !== '/small.iso') return void response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': 'application/x-iso9660-image',
      'content-length': image.length,
    });
    response.end(request.method === 'HEAD' ? undefined : image);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  url = `http://${address}:${(server.address() as AddressInfo).port}/small.iso`;
  await desk.logIn();
  await person.goTo(/local/);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await desk.keep('storage-failed');
});
afterAll(async () => {
  server?.close();
  await desk.close();
});

const pressInDialog = (name: string) => person.dialog().getByRole('button', { name, exact: true }).click();
/** Nothing half is left either. */
const kept = () => (existsSync(folder) ? readdirSync(folder) : []);

describe('a storage in the browser', () => {
  it('tells what it is and how full', async () => {
    await person.main().getByText('Available').first().waitFor();
    await person.main().getByText('Total').first().waitFor();
    await desk.keep('storage-summary');
  });

  it('takes a file whose checksum is right, and keeps nothing of one whose is not', async () => {
    await person.tab('ISO images');
    await person.button('Upload').first().click();
    await person.dialog().getByLabel('File', { exact: true }).setInputFiles('/usr/lib/ipxe/ipxe.iso');
    await person.dialog().getByLabel('Checksum', { exact: true }).selectOption('SHA256');
    await person.dialog().getByLabel('Expected checksum').fill('0'.repeat(64));
    await pressInDialog('Upload file');
    await person.page
      .getByText(/checksum mismatch/)
      .first()
      .waitFor();
    await desk.keep('storage-upload-refused');
    expect(kept()).toEqual([]);

    await person.button('Upload').first().click();
    await person.dialog().getByLabel('File', { exact: true }).setInputFiles('/usr/lib/ipxe/ipxe.iso');
    await person.dialog().getByLabel('Checksum', { exact: true }).selectOption('SHA256');
    await person.dialog().getByLabel('Expected checksum').fill(sha256);
    await pressInDialog('Upload file');
    await person.button('Remove ipxe.iso').waitFor();
    expect(readFileSync(join(folder, 'ipxe.iso')).equals(image)).toBe(true);
  });

  it('has the node fetch a file, after a look at what is offered there', async () => {
    await person.button('Download from URL').click();
    await person.dialog().getByLabel('URL', { exact: true }).fill('http://127.0.0.1:1/small.iso');
    await pressInDialog('Look up');
    await person
      .dialog()
      .getByText("'127.0.0.1' is an address that downloads must not reach")
      .first()
      .waitFor();
    await desk.keep('storage-download-refused');
    await person.dialog().getByLabel('URL', { exact: true }).fill(url);
    await pressInDialog('Look up');
    await person.dialog().getByText('Offered').waitFor();
    expect(await person.dialog().getByLabel('File name').inputValue()).toBe('small.iso');
    await person.dialog().getByLabel('Checksum', { exact: true }).selectOption('SHA256');
    await person.submit({ 'Expected checksum': sha256 }, 'Download');
    await person.button('Remove small.iso').waitFor();
    expect(readFileSync(join(folder, 'small.iso')).equals(image)).toBe(true);
    expect(kept().sort()).toEqual(['ipxe.iso', 'small.iso']);
  });

  it('gives no name twice', async () => {
    await person.button('Download from URL').click();
    await person.dialog().getByLabel('URL', { exact: true }).fill(url);
    await person.dialog().getByLabel('File name').fill('small.iso');
    await pressInDialog('Download');
    await person.page
      .getByText(/refusing to override/)
      .first()
      .waitFor();
    await desk.keep('storage-name-taken');
  });

  it('removes a file that nobody uses, after a question', async () => {
    await person.button('Remove small.iso').click();
    await person.submit({}, 'Remove');
    await person.button('Remove small.iso').waitFor({ state: 'detached' });
    await eventually('the file is gone, and no other', 10_000, () => kept().join() === 'ipxe.iso');
  });
});

it('an address that leads nowhere says so, and leads back', async () => {
  await person.page.goto(`${desk.daemon.url}/vms/999`);
  await person.main().getByText(/999/).first().waitFor();
  await person.page.goto(`${desk.daemon.url}/no/such/page`);
  await person.main().getByRole('link').first().click();
  await person.page.waitForURL(`${desk.daemon.url}/`);
  expect(desk.errors.filter((line) => !/40\d|50\d/.test(line))).toEqual([]);
});
