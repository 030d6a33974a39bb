// The time zones that are offered: those that the browser knows, by the names that a node knows. Pure.

/**
 * Browsers call some zones by names that tz has replaced (CLDR keeps the first name it gave); Debian has those only in
 * `tzdata-legacy`, which a node does not have. From tz's file `backward`.
 */
const renamed: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/** The name that a zone has today. */
export const zoneToday = (zone: string): string => renamed[zone] ?? zone;

/** With UTC, and with the one that is set now, whatever it is called. */
export function offeredZones(browser: readonly string[], now: string): string[] {
  return [...new Set([...browser.map(zoneToday), 'UTC', now])].sort();
}
