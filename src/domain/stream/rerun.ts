/** What an agent is told when a thread is not begun for the first time. */
import type { FinishedAgentSession } from "../records.ts";

/** How a run ended, in words: `failed (exit): it ended with exit code 3`. */
export function describeRunEnd(session: FinishedAgentSession): string {
  if (session.status === "completed") return "ended without having done all of its tasks";
  const said = session.message === undefined ? "" : `: ${session.message}`;
  return session.status === "killed" || session.reason === "interrupted" ? `was interrupted${said}` : `failed${said}`;
}

interface Retry {
  last: FinishedAgentSession;
  /** What can be typed to see the work of the earlier attempt; none if it left nothing. */
  kept: string[];
  note?: string | undefined;
}

/** The prompt of a thread for an agent that begins again where the first one began. */
export function retryPrompt(prompt: string, { last, kept, note }: Retry): string {
  const work =
    kept.length === 0
      ? "It left no work behind."
      : `None of its work is in your folder; it was set aside, and can be looked at with ${kept.map((one) => `\`${one}\``).join(" and ")}.`;
  const parts = [
    prompt.trimEnd(),
    "## Earlier attempt",
    `You are not the first one at this thread: an earlier attempt ${describeRunEnd(last)}. ${work} Find out what went wrong, and do better.`,
    ...(note === undefined ? [] : [note]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** What is said in a conversation that goes on. @param open ids and texts of the tasks that are left */
export function resumePrompt(
  thread: string,
  last: FinishedAgentSession,
  open: readonly { id: string; name: string }[],
  note?: string,
): string {
  const parts = [
    `Go on with thread ${thread}, where you left off: your last run ${describeRunEnd(last)}. Your folder is as you left it.`,
    ...(open.length === 0 ? [] : [`What is left:\n\n${open.map(({ id, name }) => `- ${id}: ${name}`).join("\n")}`]),
    ...(note === undefined ? [] : [note]),
  ];
  return `${parts.join("\n\n")}\n`;
}
