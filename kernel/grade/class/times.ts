/** Points in time as course files, nbgrader and learning management systems write them. */

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(.*)$/;
/** Moodle: "Friday, 20 November 2026, 11:59 PM". */
const LONG = /^(?:\w+, )?(\d{1,2}) (\w+) (\d{4}), (\d{1,2}):(\d\d)\s*([AP]M)?$/i;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * Reads a time: "2026-11-20 23:59", "2026-11-20T23:59:00+01:00", nbgrader's "2026-11-20 23:59:00.120000 Europe/Berlin"
 * and Moodle's "Friday, 20 November 2026, 11:59 PM". A date alone is the last second of its day.
 * @param timeZone where the clock stands when the text does not say it, such as "Europe/Berlin"
 * @returns undefined for what is none of these
 */
export function timeOf(text: string, timeZone: string): Date | undefined {
  const iso = ISO.exec(text.trim());
  if (iso) {
    const [
      ,
      year,
      month,
      day,
      hour = "23",
      minute = "59",
      second = iso[4] === undefined ? "59" : "0",
      where,
    ] = iso;
    return instant([year, month, day, hour, minute, second].map(Number), where.trim() || timeZone);
  }
  const long = LONG.exec(text.trim().replace(/\s+/g, " "));
  if (!long) return undefined;
  const month = 1 + MONTHS.indexOf(long[2].slice(0, 3).toLowerCase());
  const hour =
    long[6] === undefined ? Number(long[4]) : (Number(long[4]) % 12) + (/^p/i.test(long[6]) ? 12 : 0);
  return instant([Number(long[3]), month, Number(long[1]), hour, Number(long[5]), 0], timeZone);
}

/** Whether Intl knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** "2026-11-20 23:59", on the clock of the time zone. */
export function showTime(time: Date, timeZone: string): string {
  const [year, month, day, hour, minute] = clockOf(time.getTime(), timeZone);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

/** The instant at which a clock of the zone shows these: year, month from 1, day, hour, minute, second. */
function instant(clock: readonly number[], zone: string): Date | undefined {
  const [year, month, day, hour, minute, second] = clock;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(asUtc);
  // A day or an hour that does not exist would have become another.
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hour > 23 || minute > 59)
    return undefined;
  const offset = /^(?:UTC|GMT)?([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (offset)
    return new Date(asUtc - Number(`${offset[1]}1`) * 60_000 * (60 * Number(offset[2]) + Number(offset[3])));
  if (zone === "Z") return back;
  if (!isTimeZone(zone)) return undefined;
  // Twice, since the first guess may lie on the other side of a change of the clock.
  let guess = asUtc;
  for (let i = 0; i < 2; i++) guess += asUtc - asIfUtc(guess, zone);
  return new Date(guess);
}

/** What the zone's clock shows at an instant, as if it were UTC. */
function asIfUtc(time: number, timeZone: string): number {
  const [year, month, day, hour, minute, second] = clockOf(time, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function clockOf(time: number, timeZone: string): number[] {
  const format = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  return ["year", "month", "day", "hour", "minute", "second"].map((type) => parts.get(type as "year")!);
}
