/** Test builds only: an answer under `--json` must be what its published schema says, so that every test of a command checks the documentation too. */
import * as v from "valibot";
import type { CommandBody, CommandSpec } from "./command.ts";

/** @throws Error (a bug, exit 70) where answer and schema differ, or the schema is missing */
export function checkAnswer(spec: CommandSpec, body: CommandBody, answer: unknown): void {
  const name = `incr ${spec.path.join(" ")}`;
  if (body.answer === undefined) throw new Error(`${name} has no schema for its answer`);
  const result = v.safeParse(body.answer, answer, { abortEarly: true });
  if (result.success) return;
  const [issue] = result.issues;
  throw new Error(
    `the answer of ${name} does not fit its schema at ${v.getDotPath(issue) ?? "the top"}: ${issue.message}`,
  );
}
