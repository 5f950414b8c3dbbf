/**
 * What an agent does, in one vocabulary for all harnesses: the lines of an agent session's log, and what `--json` streams. A line is one event with the time
 * at which we heard of it (`at`).
 */
import * as v from "valibot";
import { timeSchema } from "../schema.ts";

/** Tokens as the agent reports them; what it does not report is absent. */
export const tokensSchema = v.object({
  /** Without what came from the provider's cache, where that is told apart. */
  input: v.number(),
  output: v.number(),
  cached: v.optional(v.number()),
  reasoning: v.optional(v.number()),
});
export type Tokens = v.InferOutput<typeof tokensSchema>;

const at = timeSchema;
const toolFields = {
  /** The agent's own id of the call; it may be used again in a later run. */
  call: v.string(),
  /** The agent's own name of the tool: `Bash`, `bash`, `command_execution`. */
  tool: v.string(),
  /** What it is about, on one line: a command, a path. */
  summary: v.string(),
};

export const agentEventSchema = v.variant("type", [
  /** We started the agent. `resumed`: in a conversation that was there before. */
  v.object({ at, type: v.literal("started"), harness: v.string(), resumed: v.boolean() }),
  /** The agent named its conversation. */
  v.object({ at, type: v.literal("conversation"), agent_session_id: v.string() }),
  /** The model that is really used. */
  v.object({ at, type: v.literal("model"), model: v.string() }),
  v.object({ at, type: v.literal("text"), text: v.string() }),
  v.object({ at, type: v.literal("thinking"), text: v.string() }),
  v.object({ at, type: v.literal("tool_started"), ...toolFields }),
  v.object({
    at,
    type: v.literal("tool_ended"),
    ...toolFields,
    ok: v.boolean(),
    exit_code: v.optional(v.number()),
    /** The beginning of what it gave back. */
    output: v.optional(v.string()),
  }),
  /** The agent wanted to do something that nobody allowed. */
  v.object({ at, type: v.literal("denied"), tool: v.string(), message: v.string() }),
  /** Worth knowing, and no failure: a retry, a warning. */
  v.object({ at, type: v.literal("notice"), message: v.string() }),
  /** Output that is no event of the agent's. */
  v.object({ at, type: v.literal("output"), stream: v.picklist(["stdout", "stderr"]), text: v.string() }),
  /** `of`: what the numbers are about. Those of a `step` add up; those of a `run` and of a `conversation` replace what was said of it before. */
  v.object({
    at,
    type: v.literal("usage"),
    of: v.picklist(["step", "run", "conversation"]),
    tokens: tokensSchema,
    cost_usd: v.optional(v.number()),
  }),
  /** The provider takes no more work for now. */
  v.object({ at, type: v.literal("limit"), message: v.string(), resets_at: v.nullable(timeSchema) }),
  /** `stale`: the agent does not know the conversation that it was to go on with. */
  v.object({ at, type: v.literal("error"), message: v.string(), stale: v.optional(v.boolean()) }),
  /** The agent's turn is over; its process should end within moments. `ok`: by its own account it did what it was asked. */
  v.object({ at, type: v.literal("finished"), ok: v.boolean(), message: v.optional(v.string()) }),
  /** The agent's loop is over, and nothing is said of the outcome. */
  v.object({ at, type: v.literal("closing") }),
  /** It ended before it had begun anything, for a reason that passes. We start it again: another `started` follows. */
  v.object({ at, type: v.literal("restarting"), message: v.string() }),
  /** We are ending it. */
  v.object({ at, type: v.literal("stopping"), reason: v.string() }),
  /** It is over: the same as in the record. */
  v.object({
    at,
    type: v.literal("ended"),
    status: v.picklist(["completed", "failed", "killed"]),
    reason: v.optional(v.string()),
    message: v.optional(v.string()),
    exit_code: v.optional(v.number()),
    signal: v.optional(v.string()),
  }),
]);

/** One line of the log. */
export type LoggedEvent = v.InferOutput<typeof agentEventSchema>;
type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;
/** The same before it is dated. */
export type AgentEvent = WithoutTime<LoggedEvent>;

/** Longest text of a tool's output that is kept. */
const OUTPUT_CHARS = 2000;
const SUMMARY_CHARS = 200;

/** The beginning of a tool's output; undefined if there is none. */
export function cutOutput(text: string): string | undefined {
  const trimmed = text.trimEnd();
  if (trimmed === "") return undefined;
  return trimmed.length > OUTPUT_CHARS ? `${trimmed.slice(0, OUTPUT_CHARS)}…` : trimmed;
}

/** What a tool call is about, on one line: the field of its input that people look for first, else all of it. */
export function summarizeInput(input: unknown): string {
  if (typeof input === "string") return oneLine(input);
  if (typeof input !== "object" || input === null) return "";
  const fields = input as Record<string, unknown>;
  for (const name of SUMMARY_FIELDS) if (typeof fields[name] === "string") return oneLine(fields[name]);
  return oneLine(JSON.stringify(input));
}

const SUMMARY_FIELDS = ["command", "file_path", "filePath", "path", "pattern", "url", "query", "description", "prompt"];

/** Text on one line, cut to what a person reads at a glance. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > SUMMARY_CHARS ? `${line.slice(0, SUMMARY_CHARS - 1)}…` : line;
}
