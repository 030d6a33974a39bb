// The addresses in what is told of a guest's interfaces; the guest is not to be trusted, so every field is checked. Pure.

const mostShown = 8;

/** Addresses that others can reach: neither loopback nor link-local. */
export function addressesOf(result: unknown): string[] {
  if (!Array.isArray(result)) return [];
  const found: string[] = [];
  for (const one of result as unknown[]) {
    const list = (one as { 'ip-addresses'?: unknown } | null)?.['ip-addresses'];
    if (!Array.isArray(list)) continue;
    for (const entry of list as unknown[]) {
      const address = (entry as { 'ip-address'?: unknown } | null)?.['ip-address'];
      if (typeof address === 'string' && isAddress(address) && isReachable(address)) found.push(address);
    }
  }
  return found.slice(0, mostShown);
}

function isAddress(text: string): boolean {
  return /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]{3,39}(\.\d{1,3}){0,3})$/i.test(text);
}

function isReachable(address: string): boolean {
  return !/^(127\.|169\.254\.|::1$|fe[89ab])/i.test(address);
}
