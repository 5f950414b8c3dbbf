/** Starting an agent again that could not begin, because another of it was in its way for a moment. */
import type { AgentEvent } from "./event.ts";

/** How often it is started for one run, the first time included. */
export const MOST_STARTS = 3;

/** Before the second start, and before the third. */
const PAUSES_MS = [400, 1_200];

/**
 * Milliseconds to wait after so many starts. Those that were in each other's way have ended at the same moment, so each waits for a time of its own: up to twice
 * as long, by `chance`, which is from 0 to 1.
 */
export function pauseAfter(starts: number, chance: number): number {
  return (PAUSES_MS[starts - 1] ?? 0) * (1 + chance);
}

/** Whether an event shows that the agent got as far as its conversation, or beyond. What goes wrong before that is told in output and errors alone. */
export function isOfConversation({ type }: AgentEvent): boolean {
  return !BEFORE_CONVERSATION.has(type);
}

const BEFORE_CONVERSATION: ReadonlySet<AgentEvent["type"]> = new Set(["started", "output", "notice", "error"]);
