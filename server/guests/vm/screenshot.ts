// A guest's screen as a picture.
import type { DomainRef, ReconnectingLibvirt } from 'node-libvirt';
import { AppError } from '../../core/errors.ts';
import type { Screenshot } from './vm-driver.ts';

/** An 8K screen uncompressed is 100 MB; QEMU sends PNG. */
const maxBytes = 64 * 1024 * 1024;

export async function takeScreenshot(client: ReconnectingLibvirt, domain: DomainRef): Promise<Screenshot> {
  const { mimeType, stream } = await client.domains.screenshot(domain);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw new AppError('unsupported', 'the screen is too large for a picture');
    chunks.push(chunk as Buffer);
  }
  return { mimeType, data: Buffer.concat(chunks) };
}
