/** When a session has been left alone for too long: it then ended with its last sign of life. */
import { lastActivity, type CurrentSession } from "./records.ts";

/**
 * The last sign of life before `until`: what was written down, and commits or other moves of HEAD that follow it without a pause longer than `idleMs`.
 * @param moves times at which HEAD moved, in any order
 */
export function lastSign(session: CurrentSession, moves: readonly string[], idleMs: number, until: string): string {
  let last = Date.parse(lastActivity(session));
  let sign = lastActivity(session);
  const end = Date.parse(until);
  for (const move of moves.toSorted((a, b) => Date.parse(a) - Date.parse(b))) {
    const at = Date.parse(move);
    if (at <= last) continue;
    if (at > end || at - last > idleMs) break;
    last = at;
    sign = move;
  }
  return sign;
}

/** Whether more than `idleMs` lie between a sign of life and `at`; exactly as much is not idle yet. */
export function isIdle(sign: string, at: string, idleMs: number): boolean {
  return Date.parse(at) - Date.parse(sign) > idleMs;
}
