/** A conflict between threads that an agent resolves. */
import { mergePrompt } from "../../domain/stream/merge-prompt.ts";
import { listThreads } from "../../domain/stream/tasks/outline.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { runAgent, type AgentRequest, type AgentResult } from "../agent/run.ts";
import type { MergedBatch } from "./merge-batch.ts";
import { finishMerge, openMerge, type OpenMerge } from "./resolve-merge.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { openNamedStream, requirePlan, type OpenStream } from "./streams.ts";
import { chooseAgent, type WantedAgent } from "./thread-agent.ts";

export interface AgentMerge {
  open: OpenMerge;
  result: AgentResult;
  /** Null if the agent did not come to its end: the merge stays open. */
  merge: MergedBatch | null;
}

/**
 * Lets an agent resolve a conflict, and takes over what it did.
 * @throws what `openMerge`, `runAgent` and `finishMerge` throw; the merge stays open then
 */
export async function resolveByAgent(
  app: ThreadApp,
  stream: OpenStream,
  wanted: string | undefined,
  request: WantedAgent & Pick<AgentRequest, "fullAccess" | "limits" | "onEvent" | "onStart">,
): Promise<AgentMerge> {
  const { harness, model } = await chooseAgent(app, request, { assigned: null, last: undefined });
  const open = await openMerge(app, stream, wanted);
  const { workspace, conflict, batch } = open;
  const { fullAccess, limits, onEvent, onStart } = request;
  const result = await runAgent(app, {
    harness,
    ...(model === undefined ? {} : { model }),
    ...(fullAccess === undefined ? {} : { fullAccess }),
    ...(limits === undefined ? {} : { limits }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(onStart === undefined ? {} : { onStart }),
    place: { kind: "held", workspace, lease: leaseOf(workspace) },
    prompt: mergePrompt(conflict, listThreads(requirePlan(stream))),
  });
  const isDone = result.session.status === "completed";
  const again = openNamedStream(app, stream.entry.id);
  return { open, result, merge: isDone ? await finishMerge(app, again, batch) : null };
}
