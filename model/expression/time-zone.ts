/** A time zone: `UTC`, an id of the tz database (`America/Los_Angeles`) or a fixed offset (`+05:30`). */
export type ZoneId = string;

export const UTC: ZoneId = 'UTC';

const FIXED_OFFSET = /^([+-])(\d{2}):(\d{2})$/;
const INTL_OFFSET = /\bGMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * English zone abbreviations differ by country: only British English knows CEST, only Australian AEST. The first that
 * has a name wins; the order is fixed, so that no locale of the machine plays a part.
 */
const NAME_LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-NZ', 'en-ZA'] as const;

/** True for a zone that offsetMsAt and zoneNameAt know. */
export function isZone(zone: string): boolean {
  const fixed = FIXED_OFFSET.exec(zone);
  if (fixed !== null) return Number(fixed[2]) <= 18 && Number(fixed[3]) <= 59;
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    offsetFormat(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The zone of the tz database that has this name, in any case, under the name that Intl prefers. */
export function zoneNamed(name: string): ZoneId | undefined {
  const key = name.toLowerCase();
  if (!zonesByName.has(key)) {
    if (zonesByName.size >= MAXIMUM_NAMES) zonesByName.clear();
    zonesByName.set(
      key,
      isZone(name) && !FIXED_OFFSET.test(name) ? offsetFormat(name).resolvedOptions().timeZone : undefined,
    );
  }
  return zonesByName.get(key);
}

/** Names of all zones, for suggestions. */
export function zoneNames(): readonly string[] {
  return (allZones ??= Intl.supportedValuesOf('timeZone'));
}

/** Offset of `zone` from UTC at an instant, in milliseconds, positive in the east. */
export function offsetMsAt(zone: ZoneId, epochMs: number): number {
  if (zone === UTC) return 0;
  const match = FIXED_OFFSET.exec(zone) ?? INTL_OFFSET.exec(offsetFormat(zone).format(epochMs));
  if (match === null) throw new Error(`Time zone "${zone}" has no offset at ${epochMs}`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}

/**
 * The instant at which clocks in `zone` show `localMs` (milliseconds as if UTC). A time that daylight saving leaves out
 * moves forward by the gap; of a time that occurs twice the earlier one is meant. Source: Joda-Time.
 */
export function instantOfLocal(zone: ZoneId, localMs: number): number {
  if (zone === UTC) return localMs;
  const before = offsetMsAt(zone, localMs - DAY_MS);
  const after = offsetMsAt(zone, localMs + DAY_MS);
  for (const offsetMs of [before, after]) {
    if (offsetMsAt(zone, localMs - offsetMs) === offsetMs) return localMs - offsetMs;
  }
  return localMs - before;
}

/** Name of `zone` at an instant: `PDT`, or in full `Pacific Daylight Time`. */
export function zoneNameAt(zone: ZoneId, epochMs: number, form: 'short' | 'long'): string {
  if (FIXED_OFFSET.test(zone)) return zone;
  if (form === 'long') return zoneNamePart(nameFormat(zone, 'en-US', 'long'), epochMs);
  const names = NAME_LOCALES.map((locale) => zoneNamePart(nameFormat(zone, locale, 'short'), epochMs));
  return names.find((name) => !/^GMT[+-]/.test(name)) ?? names[0] ?? zone;
}

/** `-0800`, or with a colon `-08:00`. */
export function printOffset(offsetMs: number, colon: boolean): string {
  const minutes = Math.floor(Math.abs(offsetMs) / MINUTE_MS);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon ? ':' : ''}${two(minutes % 60)}`;
}

/** What is asked for may be any text. */
const MAXIMUM_NAMES = 5000;
const zonesByName = new Map<string, ZoneId | undefined>();
let allZones: readonly string[] | undefined;

// Making a DateTimeFormat costs a millisecond; what it answers never changes. As many entries as zones are used.
const formats = new Map<string, Intl.DateTimeFormat>();

function offsetFormat(zone: string): Intl.DateTimeFormat {
  return nameFormat(zone, 'en-US', 'longOffset');
}

function nameFormat(
  zone: string,
  locale: string,
  timeZoneName: 'short' | 'long' | 'longOffset',
): Intl.DateTimeFormat {
  const key = `${locale}/${timeZoneName}/${zone}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName });
    formats.set(key, format);
  }
  return format;
}

function zoneNamePart(format: Intl.DateTimeFormat, epochMs: number): string {
  return format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
}
