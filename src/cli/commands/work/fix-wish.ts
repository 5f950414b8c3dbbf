/** What the flags of `work fix` ask for. */
import { IncrError } from "../../../domain/error.ts";
import type { FixAction } from "../../../domain/stream/fix.ts";
import type { FixOverview } from "../../../usecases/stream/fix.ts";
import type { Input } from "../../command.ts";
import type { fix } from "./declare-runs.ts";

type FixFlags = Input<typeof fix>["flags"];
/** How an agent is to be run, whatever for. */
export type RunFlags = Pick<
  FixFlags,
  "harness" | "model" | "fullAccess" | "timeLimit" | "silenceLimit" | "inPlace" | "piped" | "force"
>;

/** What is to be done, as far as it is known: what lacks is asked for. */
export interface Wish {
  action?: FixAction | "new_stage" | "merge" | "merged";
  thread?: string;
  /** Name in `work/agents.yaml`. */
  agent?: string;
  /** Of a new stage. */
  name?: string;
}

/** @throws IncrError `usage` for flags that exclude each other */
export function readWish({ resume, retry, agent, newStage, merge, merged, name, thread }: FixFlags): Wish {
  const actions = [
    ...(resume ? (["resume"] as const) : []),
    ...(retry ? (["retry"] as const) : []),
    ...(newStage ? (["new_stage"] as const) : []),
    ...(merge ? (["merge"] as const) : []),
    ...(merged ? (["merged"] as const) : []),
  ];
  if (actions.length > 1) {
    const [one, other] = actions.map((action) => `--${action.replace("_", "-")}`);
    throw new IncrError("usage", `${one} and ${other} exclude each other`, { hint: "work fix --help" });
  }
  const [action] = actions;
  if (thread !== undefined && action === "new_stage") {
    throw new IncrError("usage", "--thread and --new-stage exclude each other: a stage is added behind all others", {
      hint: "work fix --help",
    });
  }
  if (name !== undefined && action !== "new_stage") {
    throw new IncrError("usage", "--name is for a new stage, which `work fix` does not add by itself any more", {
      hint: `work add-stage --name ${JSON.stringify(name)}, or work fix --new-stage --name ${JSON.stringify(name)}`,
    });
  }
  if (agent !== undefined && (action === "resume" || action === "new_stage" || action === "merged")) {
    const why = action === "resume" ? ": a conversation goes on with the agent that it began with" : "";
    throw new IncrError("usage", `--agent and --${action.replace("_", "-")} exclude each other${why}`, {
      hint: "work fix --help",
    });
  }
  const another = agent !== undefined && (action === undefined || action === "retry") ? "agent" : action;
  return {
    ...(another === undefined ? {} : { action: another }),
    ...(agent === undefined ? {} : { agent }),
    ...(name === undefined ? {} : { name }),
  };
}

/** What has to be said where nobody can be asked. */
export function unanswered({ broken, conflicts }: FixOverview, { action, thread }: Wish): IncrError {
  if (action === "new_stage") {
    return new IncrError("needs_answer", "there is no terminal to ask on: what is the new stage called?", {
      hint: "answer with --name <name>",
      data: { flag: "--name" },
    });
  }
  const said = thread === undefined ? undefined : broken.find(({ id }) => id === thread);
  const [first] = said === undefined ? broken : [said];
  const flags =
    first === undefined
      ? "--merge"
      : `--thread ${first.id} ${first.actions.map((one) => (one === "agent" ? "--agent <name>" : `--${one}`)).join(" | ")}`;
  const threads = broken.map(({ id, status }) => `${id} ${status}`);
  const merges = conflicts.map(({ batch }) => `the merge of ${batch}`);
  const what = said === undefined ? [...threads, ...merges].join(", ") : `${said.id} ${said.status}`;
  return new IncrError("needs_answer", `there is no terminal to ask on: what is to be fixed, and how? (${what})`, {
    hint: `work fix ${flags}`,
    data: { threads: broken.map(({ id, actions }) => ({ id, actions })), merges: conflicts.map(({ batch }) => batch) },
  });
}
