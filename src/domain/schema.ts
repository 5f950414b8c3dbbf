/** The schema library's small common ground: the strings that every record uses, and reading a record without losing what we do not know. */
import * as v from "valibot";
import { surelyFits } from "./fits.ts";

/** An RFC 3339 time in any zone and precision; we write UTC with milliseconds (`2026-01-07T14:30:00.000Z`). */
export const timeSchema = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text)), "is not a time such as 2026-01-07T14:30:00Z"),
);

export const nameSchema = v.pipe(v.string(), v.minLength(1, "is empty"));

export interface SchemaIssue {
  /** Where in the value, such as `sessions.app/ab12cd34.status`. */
  path: string;
  message: string;
}

/**
 * Checks `raw` against a schema that has no transformations and returns `raw` itself, typed. Returning the input rather than the schema's output
 * keeps every key that this version does not know, at every depth (a newer version's data must survive our read-modify-write).
 */
export function checkRecord<S extends v.GenericSchema>(
  schema: S,
  raw: unknown,
): { ok: true; value: v.InferOutput<S> } | { ok: false; issue: SchemaIssue } {
  if (surelyFits(schema, raw)) return { ok: true, value: raw as v.InferOutput<S> };
  const result = v.safeParse(schema, raw, { abortEarly: true });
  if (result.success) return { ok: true, value: raw as v.InferOutput<S> };
  const issue = result.issues[0];
  return {
    ok: false,
    issue: { path: v.getDotPath(issue) ?? "", message: issue.message },
  };
}
