/** What the three approvals have in common. */
import { relative } from "node:path";
import { IncrError } from "../../../domain/error.ts";
import type { GateName } from "../../../domain/stream/approval.ts";
import { revokeApproval, type Approved } from "../../../usecases/stream/approve.ts";
import type { StreamApp } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { streamApp } from "./world.ts";

interface GateFlags {
  stream: string | undefined;
  revoke: boolean;
  reason: string | undefined;
  force: boolean;
}

/** @throws IncrError `usage` if --revoke comes without --reason, or the other way round */
export async function approveOrRevoke(
  ctx: Context,
  { stream, revoke, reason, force }: GateFlags,
  gate: GateName,
  approve: (app: StreamApp) => Promise<Approved>,
): Promise<Approved> {
  const line = `work approve ${gate.gate}${gate.gate === "stage" ? ` ${gate.stage}` : ""}`;
  if (revoke !== (reason !== undefined)) {
    throw new IncrError("usage", revoke ? "--revoke needs --reason" : "--reason goes with --revoke", {
      hint: `${line} --revoke --reason "<why>"`,
    });
  }
  if (revoke && force)
    throw new IncrError("usage", "--force does not go with --revoke", { hint: `${line} --revoke --reason "<why>"` });
  const app = streamApp(ctx);
  return reason === undefined ? await approve(app) : await revokeApproval(app, stream, gate, reason);
}

/** What happened, and what comes next. */
export function renderApproved(
  { stream, gate, stage, status, written, added, dropped, forced }: Approved,
  { cwd }: Context,
): string {
  const what = `${stream}: ${gate}${stage === null ? "" : ` ${stage}`} ${status}${forced === null ? "" : ` by force (${forced})`}`;
  if (status === "revoked") return what;
  const paths = written.map((path) => (relative(cwd, path).startsWith("..") ? path : relative(cwd, path)));
  if (gate === "plan") {
    if (paths.length === 0) return `${what}; TASKS.md is as it was, and \`work status\` says what comes next`;
    return `${what}; write the tasks into ${paths[0]}, then \`work approve tasks\``;
  }
  if (gate === "stage") return what;
  const prompts = written.length - 1;
  return `${what}: ${count(added.length, "new task")}, ${count(dropped.length, "dropped")}, ${count(prompts, "prompt")} written`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 || what === "dropped" ? "" : "s"}`;
}
