// The sizes beyond which a value is refused, on the way out and on the way in.

/** Longest string or opaque value: libvirt's own limit (VIR_NET_MESSAGE_STRING_MAX, 4 MiB). */
export const maxStringBytes = 4 * 1024 * 1024;
/** Most items of one array. libvirt's longest lists (statistics) stay below 262,144. */
export const maxArrayItems = 1024 * 1024;
