/** The flags that every target takes; apart from the rest, since declarations are loaded for help and completion too. */
import type { FlagSpec } from "../command.ts";

export const DRY_RUN = {
  "dry-run": { type: "boolean", description: "Show what would be done, and do nothing" },
} as const satisfies Record<string, FlagSpec>;

export const INSTALL_FLAGS = {
  force: { type: "boolean", description: "Replace files that did not come from incr, or were changed since" },
  ...DRY_RUN,
} as const satisfies Record<string, FlagSpec>;

/** Whom an agent's part is installed for. */
export const SCOPE_FLAGS = {
  repo: { type: "boolean", description: "For this repository, to be committed with it (the default)" },
  user: { type: "boolean", description: "For you, in all repositories" },
} as const satisfies Record<string, FlagSpec>;

export const CONSENT_FLAG = {
  yes: { type: "boolean", description: "Do it without asking" },
} as const satisfies Record<string, FlagSpec>;
