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
