/** What doctor finds: facts for people, and the repair that would end them. */
import type { WholeApp } from "../app.ts";
import type { House } from "../../ports/house.ts";
import type { Streams } from "../../ports/streams.ts";

/** `error`: something does not work, or work is in danger. `warning`: somebody should act. `note`: good to know, nothing is wrong. */
export type Severity = "error" | "warning" | "note";

export interface Finding {
  /** Stable, snake_case. */
  code: string;
  severity: Severity;
  /** A path, a name or an id. */
  about: string;
  /** What is so, in one line. */
  message: string;
  /** What it means for the work. */
  meaning: string;
  /** What `--fix` does about it, as a sentence about itself (`ends the session as failed`); null: it leaves that to a person. */
  repair: string | null;
  /** What a person can do, mostly a command. */
  hint: string | null;
  data: Record<string, unknown>;
}

/** A finding and its repair, which says in one line what it did. An `IncrError` of the repair leaves everything as it was. */
export interface Problem extends Finding {
  fix?: () => Promise<string>;
}

/** One area that is looked at as a whole: after a repair it is looked at again. */
export interface Check {
  /** What it is about, in a word or two. */
  area: string;
  needs: { state?: boolean; repository?: boolean };
  examine(world: World): Promise<Problem[]>;
}

/** What the checks work with. */
export interface World {
  app: WholeApp & { streams: Streams };
  house: House;
  /** Names of workspaces of which the user said that nothing of them runs any more. */
  gone: readonly string[];
}

type Required = Pick<Finding, "code" | "severity" | "message" | "meaning">;

/** A problem with the rest filled in. */
export function problem(about: string, facts: Required & Partial<Omit<Problem, "about">>): Problem {
  return { repair: null, hint: null, data: {}, ...facts, about };
}
