/** Whether keys that a person presses at the terminal reach this process as signals. */
import { readFileSync } from "node:fs";

/**
 * True if our process group is the one in front on our controlling terminal: then Ctrl-C goes to all of it, also to a child whose streams are redirected.
 * Undefined where the system does not tell (macOS).
 */
export function isInForeground(): boolean | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    // After the name, which may hold anything: state, parent, group, session, terminal, foreground group (proc(5)).
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return terminal !== "0" && group === foreground;
  } catch {
    return undefined;
  }
}

/**
 * True if a process that runs has certainly not got a signal that we got a moment ago: it neither catches, ignores nor blocks it, so it would have died of it.
 * False where that cannot be told: for one that has a handler, and on systems without `/proc`.
 */
export function hasMissed(pid: number, signal: number): boolean {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return false;
  }
  // One that is stopped, or cannot be interrupted just now, still has it before it.
  if (!/^State:\t[RS]/m.test(status)) return false;
  const bit = 1n << BigInt(signal - 1);
  return ["SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"].every((set) => {
    const mask = new RegExp(`^${set}:\\t([0-9a-f]+)$`, "m").exec(status)?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & bit) === 0n;
  });
}
