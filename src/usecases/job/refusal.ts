/** Files that were changed while they were tested or reviewed. */
import { tell, type Attempt } from "./attempt.ts";

/** Files that are named in a prompt; more of them say no more. */
const NAMED = 50;

/** Says that no verdict counts, since the files are others now. @returns what the implementing agent is told */
export function tellRefusal(attempt: Attempt, who: string, changed: readonly string[]): string {
  const names = changed.slice(0, NAMED).join("\n");
  const more = changed.length > NAMED ? `\n(and ${changed.length - NAMED} more)` : "";
  tell(attempt, {
    type: "notice",
    message: `${who} has changed files, so the outcome does not count: ${changed.slice(0, 5).join(", ")}`,
  });
  return `${who} has changed files that are to be committed, so what was found out is not about what is there now:\n\n${names}${more}\n\nLook at them. Keep what belongs to the change; undo what does not; let git ignore what is made anew each time.`;
}
