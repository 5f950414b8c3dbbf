/** The coding agents that we know. */
import type { Harness as HarnessName } from "../domain/config-file.ts";
import type { Harness } from "../ports/agents.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { opencode } from "./opencode.ts";

const BY_NAME: Readonly<Record<HarnessName, Harness>> = { opencode, claude, codex };

/** What is known of the agent of that name. */
export function findHarness(name: HarnessName): Harness {
  return BY_NAME[name];
}
