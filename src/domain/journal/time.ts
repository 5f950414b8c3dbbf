/** Times of the journal: files hold UTC to the second, names and what people read are local. */

import { formatDuration } from "../duration.ts";

/** Minutes that local time is ahead of UTC at a moment; it depends on the moment, because of daylight saving time. */
export type UtcOffset = (at: Date) => number;

export interface LocalTime {
  /** `2026-01-07` */
  date: string;
  /** `14:30` */
  clock: string;
  /** `+01:00` */
  zone: string;
}

/** `2026-01-07T14:30:00Z`: the form of every time in the journal's files. */
export function utcSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** What the clock on the wall says at `at`. */
export function localTime(at: Date | string, utcOffset: UtcOffset): LocalTime {
  const moment = new Date(at);
  const minutes = utcOffset(moment);
  const shifted = new Date(moment.getTime() + minutes * 60_000).toISOString();
  const size = Math.abs(minutes);
  const zone = `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(Math.round(size % 60))}`;
  return { date: shifted.slice(0, 10), clock: shifted.slice(11, 16), zone };
}

/** `2026-01-07-T1430`, and `2026-01-07-T1430-2` and so on while the name is taken: by a session of the same minute, or of the hour that a clock went back. */
export function sessionId(started: string, utcOffset: UtcOffset, isTaken: (id: string) => boolean): string {
  const { date, clock } = localTime(started, utcOffset);
  const stem = `${date}-T${clock.replace(":", "")}`;
  let id = stem;
  for (let number = 2; isTaken(id); number += 1) id = `${stem}-${number}`;
  return id;
}

/** How long something took, or has been going on: `2h 30m`, at least whole seconds. */
export function lengthOf(milliseconds: number): string {
  return formatDuration(Math.max(0, Math.floor(milliseconds / 1000)) * 1000).replace(/^0ms$/, "0s");
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
