/** The files of the state folder that hold something that is worth keeping. */
import { dirname } from "node:path";
import { UPDATE_HINT } from "../../domain/update-hint.ts";
import type { HistoryHealth, RebuildReport, StateHealth } from "../../ports/house.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** `state.json` */
export const checkState: Check = {
  area: "state",
  needs: {},
  examine: async (world) => judgeState(world, world.house.examineState()),
};

function judgeState(world: World, { path, health, backup }: StateHealth): Problem[] {
  const copy =
    backup === null ? "there is no good copy of it" : `the last good copy is of ${backup.saved_at} (${backup.path})`;
  const rebuild = {
    repair: `keeps the file as ${path}.corrupt-<time>, puts the records together from what can still be read${backup === null ? "" : " and from the copy"}, and marks every workspace as held that they do not account for`,
    fix: async () =>
      describeRebuild(await world.house.rebuildState({ now: world.app.now(), randomText: world.app.randomText })),
  };
  switch (health.kind) {
    case "good":
      return [];
    case "missing":
      if (backup === null) return [];
      return [
        problem(path, {
          code: "state_missing",
          severity: "error",
          message: `${path} is gone; ${copy}`,
          meaning: "It counts as empty: sessions and workspaces are not known, although their folders may be there.",
          ...rebuild,
          repair: "puts the records of the copy back, and marks every workspace as held that they do not account for",
          data: { path, backup },
        }),
      ];
    case "damaged":
      return [
        problem(path, {
          code: "state_damaged",
          severity: "error",
          message: `${health.problem}; ${copy}`,
          meaning: "No command that needs sessions or workspaces works until it is put right. Nothing overwrites it.",
          ...rebuild,
          data: { ...health.data, backup },
        }),
      ];
    case "newer":
      return [
        problem(path, {
          code: "state_newer",
          severity: "error",
          message: health.problem,
          meaning: "This version does not know what the records mean, so it neither reads nor writes them.",
          hint: UPDATE_HINT,
          data: health.data,
        }),
      ];
    case "unreadable":
      return [
        problem(path, {
          code: "state_unreadable",
          severity: "error",
          message: health.problem,
          meaning: "No command that needs sessions or workspaces works.",
          hint: `ls -ld ${dirname(path)} ${path}`,
          data: health.data,
        }),
      ];
  }
}

function describeRebuild(report: RebuildReport | null): string {
  if (report === null) return "somebody else had put it right by then";
  const { aside, backup_of, salvaged, held } = report;
  const sources = [
    ...(backup_of === null ? [] : [`the copy of ${backup_of}`]),
    ...(salvaged === 0 ? [] : [`${count(salvaged, "record")} of the damaged file`]),
  ];
  const kept = aside === null ? "" : `; what was there is ${aside}`;
  const unknown =
    held.length === 0 ? "" : `; held by nobody knows whom: ${held.join(", ")} (incr workspace release gives one back)`;
  return `put together from ${sources.length === 0 ? "the workspaces on disk" : sources.join(" and ")}${kept}${unknown}`;
}

/** `history/*.jsonl` */
export const checkHistory: Check = {
  area: "history",
  needs: {},
  examine: async (world) =>
    world.house
      .checkHistory()
      .filter(({ bad }) => bad.length > 0)
      .map((health) => judgeHistory(world, health)),
};

function judgeHistory({ app, house }: World, { path, bad }: HistoryHealth): Problem {
  const lines = bad.map(({ line, problem }) => `line ${line} ${problem}`);
  const named = `${lines.slice(0, 3).join("; ")}${lines.length > 3 ? "; …" : ""}`;
  return problem(path, {
    code: "history_damaged",
    severity: "warning",
    message: `${path} has ${count(bad.length, "line")} that cannot be read: ${named}`,
    meaning: "The finished records in them do not show; all others do.",
    repair: `moves them to ${path}.corrupt-<time>`,
    fix: async () => {
      const { aside, lines } = await house.setHistoryLinesAside(path, app.now());
      return lines === 0 ? "they were moved by then" : `moved ${count(lines, "line")} to ${aside}`;
    },
    data: { path, bad },
  });
}

/** `trust.json` */
export const checkTrust: Check = {
  area: "trust",
  needs: {},
  async examine({ app, house }) {
    const { path, health } = house.examineTrust();
    if (!("problem" in health)) return [];
    const facts = { severity: "error" as const, message: health.problem, data: health.data };
    if (health.kind !== "damaged") {
      const hint = health.kind === "newer" ? UPDATE_HINT : `ls -ld ${path}`;
      const meaning = "Nobody knows which commands may run, so none of them does.";
      return [problem(path, { code: `trust_${health.kind}`, ...facts, meaning, hint })];
    }
    return [
      problem(path, {
        code: "trust_damaged",
        ...facts,
        meaning: "Nobody knows which repositories' commands may run, so none of them does.",
        repair: `moves it to ${path}.corrupt-<time>; every repository has to be approved again`,
        fix: async () => {
          const aside = await house.setTrustAside(app.now());
          return aside === null
            ? "somebody else had put it right by then"
            : `moved to ${aside}; \`incr trust\` approves the commands of a repository again`;
        },
      }),
    ];
  },
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
