/** `work/index.json`: which workstreams there are, which one is meant when none is named, and what of them was approved. */
import * as v from "valibot";
import { IncrError } from "../error.ts";
import { checkRecord, type SchemaIssue } from "../schema.ts";
import { mergeSchema, streamBranchSchema } from "./merge.ts";

const gate = {
  /** Absent in files of other programs that approve nothing: not approved. */
  status: v.optional(v.string()),
  approved_at: v.optional(v.nullable(v.string())),
  approved_by: v.optional(v.nullable(v.string())),
  revoked_at: v.optional(v.string()),
  revoked_by: v.optional(v.string()),
  /** Why it was revoked. */
  reason: v.optional(v.string()),
};

const gateSchema = v.object(gate);
export type Gate = v.InferOutput<typeof gateSchema>;

const tasksGateSchema = v.object({
  ...gate,
  /** SHA-256 of TASKS.md as it was approved, in hex. */
  tasks_hash: v.optional(v.nullable(v.string())),
  /** SHA-256 of the PLAN.md whose words the prompts were made of, in hex. */
  plan_hash: v.optional(v.nullable(v.string())),
});

/** An approval, or the start of something unapproved, that was forced. */
const forcedSchema = v.object({ at: v.string(), by: v.string(), command: v.string(), reason: v.string() });
export type Forced = v.InferOutput<typeof forcedSchema>;

const approvalSchema = v.object({
  ...gate,
  /** SHA-256 of PLAN.md as it was approved, in hex: an edit ends the approval. */
  plan_hash: v.optional(v.nullable(v.string())),
  /** By number: the stages whose result was accepted. */
  stages: v.optional(v.nullable(v.record(v.string(), gateSchema))),
  tasks: v.optional(v.nullable(tasksGateSchema)),
  forced: v.optional(v.array(forcedSchema)),
});
export type Approval = v.InferOutput<typeof approvalSchema>;

const streamEntrySchema = v.object({
  /** `001-name` */
  id: v.pipe(v.string(), v.minLength(1, "is empty")),
  name: v.optional(v.string()),
  order: v.optional(v.number()),
  created_at: v.optional(v.string()),
  updated_at: v.optional(v.string()),
  /** Folder of the stream, from the root of the repository: `work/001-name`. */
  path: v.optional(v.string()),
  status: v.optional(v.string()),
  approval: v.optional(v.nullable(approvalSchema)),
  /** The branch that gathers the results. */
  branch: v.optional(streamBranchSchema),
  /** By batch, such as `01.02`: what became of its merge. */
  merges: v.optional(v.nullable(v.record(v.string(), mergeSchema))),
});
export type StreamEntry = v.InferOutput<typeof streamEntrySchema>;

export const streamIndexSchema = v.object({
  version: v.optional(v.union([v.string(), v.number()])),
  last_updated: v.optional(v.string()),
  /** Id of the stream that is meant when none is named. */
  current_stream: v.optional(v.nullable(v.string())),
  streams: v.array(streamEntrySchema),
});
export type StreamIndex = v.InferOutput<typeof streamIndexSchema>;

/** The index in parsed JSON, with every key that is not known here. */
export function readStreamIndex(raw: unknown): { ok: true; value: StreamIndex } | { ok: false; issue: SchemaIssue } {
  return checkRecord(streamIndexSchema, raw);
}

/** `Session Tracking` → `session-tracking`; `stream` if nothing is left of the name. */
export function kebabName(name: string): string {
  const kebab = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, "");
  return kebab === "" ? "stream" : kebab;
}

/**
 * The number of the next stream: one more than the highest of all that are listed or have a folder.
 * @throws IncrError `rule` after 999
 */
export function nextStreamNumber(index: StreamIndex, folders: readonly string[]): number {
  const taken = [...index.streams.map(({ id }) => id), ...folders].map((id) => Number(/^(\d{3})-/.exec(id)?.[1] ?? 0));
  const number = Math.max(0, ...taken) + 1;
  if (number > 999)
    throw new IncrError("rule", "there can be no more than 999 workstreams", { hint: "work list --streams" });
  return number;
}

/** Finds a stream by its id, its name, its number, or the start of its id, with or without the number. @throws IncrError `not_found`, `ambiguous` */
export function requireStream({ streams }: StreamIndex, text: string): StreamEntry {
  const wanted = text.trim().toLowerCase();
  const exact = streams.filter(({ id }) => id.toLowerCase() === wanted);
  const named = streams.filter(({ id, name }) => name?.toLowerCase() === wanted || bareId(id).toLowerCase() === wanted);
  const numbered = /^\d{1,3}$/.test(wanted) ? streams.filter(({ id }) => numberOf(id) === Number(wanted)) : [];
  const starts = (pick: (id: string) => string) =>
    wanted === "" ? [] : streams.filter(({ id }) => pick(id).toLowerCase().startsWith(wanted));
  const found = [exact, named, numbered, starts((id) => id), starts(bareId)].find((each) => each.length > 0) ?? [];
  const [stream] = found;
  if (stream === undefined) {
    throw new IncrError("not_found", `no workstream "${text}"`, { hint: "work list --streams", data: { id: text } });
  }
  if (found.length === 1) return stream;
  const candidates = found.map(({ id }) => id);
  throw new IncrError("ambiguous", `"${text}" means more than one workstream: ${candidates.join(", ")}`, {
    hint: `say which: --stream ${candidates[0]}`,
    data: { id: text, candidates },
  });
}

/** `001-login` → 1; NaN for an id of another shape. */
function numberOf(id: string): number {
  return Number(/^(\d{3})-/.exec(id)?.[1]);
}

/** `001-login` → `login`. */
function bareId(id: string): string {
  return id.replace(/^\d{3}-/, "");
}

/** What a stream is called. */
export function streamName({ id, name }: StreamEntry): string {
  return name === undefined || name === "" ? id : name;
}
