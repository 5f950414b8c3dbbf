/** Usage limits: how agents say that their provider takes no more work for now, and when it will. */

const LIMITED =
  /usage[ _]limit|session limit|weekly limit|\d+-hour limit|rate[ _]limit|too many requests|quota|credit balance|billing[ _]hard[ _]limit|out of credits|resource[ _]exhausted/i;

/** Whether a final failure is one of a limit. @param status HTTP status of the provider's answer, if it is known */
export function isLimit(message: string, status?: number): boolean {
  return status === 429 || status === 402 || LIMITED.test(message);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  day: 86_400,
  hour: 3600,
  minute: 60,
  min: 60,
  second: 1,
  sec: 1,
};
const AMOUNTS = /\bin ((?:\d+ ?(?:days?|hours?|minutes?|mins?|seconds?|secs?)[, ]*(?:and )?)+)/i;
const CLOCK = /\b(?:resets?|try again)(?: at)? (\d{1,2})(?::(\d\d))? ?([ap]m)?(?: \(([\w/+-]+)\))?/i;

/**
 * When the limit ends, as far as the words tell (ISO): a Unix time, a wait in words or seconds, a time of day. Null if they do not.
 * @param now ISO time; a time of day is the next one after it
 * @param zone of a time of day that names none, such as `Europe/Berlin`
 */
export function findReset(message: string, now: string, zone: string): string | null {
  const from = Date.parse(now);
  const epoch = /(?:\||reset\w*\W{1,4})(1[5-9]\d{8}|2\d{9})\b/.exec(message)?.[1];
  if (epoch !== undefined) return iso(Number(epoch) * 1000);
  const stamp = /\b(20\d\d-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))/.exec(message)?.[1];
  if (stamp !== undefined && !Number.isNaN(Date.parse(stamp))) return iso(Date.parse(stamp));
  const seconds = /(?:resets?_in_seconds|retry[-_ ]after)\W{1,4}(\d+)/i.exec(message)?.[1];
  if (seconds !== undefined) return iso(from + Number(seconds) * 1000);
  const amounts = AMOUNTS.exec(message)?.[1];
  if (amounts !== undefined) return iso(from + readAmounts(amounts) * 1000);
  const clock = CLOCK.exec(message);
  return clock === null ? null : nextTimeOfDay(clock, from, zone);
}

function readAmounts(text: string): number {
  let total = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+) ?([a-z]+)/gi)) {
    total += Number(amount) * (UNIT_SECONDS[unit.toLowerCase().replace(/s$/, "")] ?? 0);
  }
  return total;
}

function nextTimeOfDay(
  [, hourText, minuteText, half, named]: RegExpExecArray,
  from: number,
  zone: string,
): string | null {
  let hour = Number(hourText);
  if (half === undefined && minuteText === undefined) return null;
  if (half !== undefined) hour = (hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
  const wanted = hour * 60 + Number(minuteText ?? 0);
  const present = minuteOfDay(from, named ?? zone) ?? minuteOfDay(from, zone);
  if (present === undefined || wanted >= 1440) return null;
  const minutes = (wanted - present + 1440) % 1440;
  return iso(from - (from % 60_000) + (minutes === 0 ? 1440 : minutes) * 60_000);
}

function minuteOfDay(time: number, timeZone: string): number | undefined {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).formatToParts(
      time,
    );
    const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
    return (value("hour") % 24) * 60 + value("minute");
  } catch {
    return undefined; // no such zone
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
