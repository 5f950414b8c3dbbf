/** A final failure in the agent's words: a limit of its provider, or an error. */
import type { AgentEvent } from "../domain/agent/event.ts";
import { findReset, isLimit } from "../domain/agent/limit.ts";
import type { ReaderOptions } from "../ports/agents.ts";

/** @param more further text that may say when a limit ends */
export function failureEvent(
  message: string,
  { now, zone }: Pick<ReaderOptions, "now" | "zone">,
  { status, more = "" }: { status?: number; more?: string } = {},
): AgentEvent {
  if (!isLimit(`${message} ${more}`, status)) return { type: "error", message };
  const at = now().toISOString();
  return { type: "limit", message, resets_at: findReset(message, at, zone) ?? findReset(more, at, zone) };
}
