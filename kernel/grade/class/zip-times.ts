/** When the files of a ZIP archive were changed last, which fflate does not tell: read from the archive's directory. */

/** An instant, or a date and time on the clock of whoever made the archive: "2026-11-20 23:59:58". */
export type ZipTime = Date | string;

const DIRECTORY = 0x02014b50;
const END = 0x06054b50;
/** The extra field that holds seconds since 1970. */
const UNIX_TIME = 0x5455;

/** The times by the entries' names; an entry without a time is not there. A damaged archive has none. */
export function zipTimes(bytes: Uint8Array): Map<string, ZipTime> {
  const times = new Map<string, ZipTime>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) return times;
  const count = view.getUint16(end + 10, true);
  for (let at = view.getUint32(end + 16, true), i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== DIRECTORY) return times;
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + 46 + name + extra + comment;
    if (next > bytes.length) return times;
    const text = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name));
    const time = unixTime(view, at + 46 + name, extra) ?? clockTime(view.getUint32(at + 12, true));
    if (time !== undefined) times.set(text, time);
    at = next;
  }
  return times;
}

function unixTime(view: DataView, start: number, length: number): Date | undefined {
  for (let at = start; at + 4 <= start + length;) {
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === UNIX_TIME && size >= 5 && at + 9 <= start + length && view.getUint8(at + 4) & 1)
      return new Date(1000 * view.getUint32(at + 5, true));
    at += 4 + size;
  }
  return undefined;
}

/** MS-DOS's date and time, in steps of two seconds; the first that it can say stands for "unknown". */
function clockTime(bits: number): string | undefined {
  const part = (from: number, count: number): number => (bits >>> from) & ((1 << count) - 1);
  const [year, month, day] = [1980 + part(25, 7), part(21, 4), part(16, 5)];
  if (year === 1980 || month === 0 || day === 0) return undefined;
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hour, minute, second] = [part(11, 5), part(5, 6), 2 * part(0, 5)];
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}
