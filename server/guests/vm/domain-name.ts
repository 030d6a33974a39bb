// How our guests are named in libvirt, and which domains are not ours.

/** `croft-` and 100 give `croft-100`. */
export function domainName(guestPrefix: string, vmid: number): string {
  return `${guestPrefix}${vmid}`;
}

/** The guest's number; undefined for a domain of somebody else. */
export function vmidOf(guestPrefix: string, name: string): number | undefined {
  if (!name.startsWith(guestPrefix)) return undefined;
  const digits = name.slice(guestPrefix.length);
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : undefined;
}
