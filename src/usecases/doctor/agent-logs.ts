/** Logs of agent sessions that ended long ago. They are the only thing of ours that grows without an end. */
import { count } from "../../domain/count.ts";
import { formatDuration } from "../../domain/duration.ts";
import { recordKey } from "../../domain/records.ts";
import { formatBytes } from "../../domain/size.ts";
import type { AgentLogFile } from "../../ports/house.ts";
import { requireRepository } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { problem, type Check, type World } from "./finding.ts";

/** Those of this repository that are older than `agent.keep-logs`; the records of the sessions stay. */
export const checkAgentLogs: Check = {
  area: "logs of agents",
  needs: { state: true, repository: true },
  async examine(world) {
    const { keepLogsMs } = (await requireRepository(world.app).config()).agent;
    const old = await listOld(world, keepLogsMs);
    if (old.length === 0) return [];
    const bytes = old.reduce((sum, log) => sum + log.bytes, 0);
    return [
      problem(count(old.length, "log"), {
        code: "agent_logs_old",
        severity: "note",
        message: `${count(old.length, "log")} of agent sessions that ended more than ${formatDuration(keepLogsMs)} ago (${formatBytes(bytes)})`,
        meaning: "They are kept that long and then only take room. What the sessions came to is in their records.",
        repair: "removes them",
        async fix() {
          const still = await listOld(world, keepLogsMs);
          for (const { path } of still) world.house.removeAgentLog(path);
          return `removed ${count(still.length, "log")}`;
        },
        data: { paths: old.map(({ path }) => path), bytes },
      }),
    ];
  },
};

/** Of sessions that have ended, and of none that is known: a resumed one writes to its log again. */
async function listOld({ app, house }: World, keepMs: number): Promise<AgentLogFile[]> {
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const before = new Date(app.now().getTime() - keepMs).toISOString();
  const logs = house.listAgentLogs(repo).filter((log) => log.written_at < before);
  if (logs.length === 0) return [];
  return await app.store.read(async (tx) => {
    const sessions = await Promise.all(
      logs.map(async ({ id }) => await tx.find("opencode_sessions", recordKey(repo, id))),
    );
    return logs.filter((_, index) => sessions[index]?.status !== "active");
  });
}
