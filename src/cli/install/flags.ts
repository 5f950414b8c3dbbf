/** The flags that every target takes; apart from the rest, since declarations are loaded for help and completion too. */
import type { FlagSpec } from "../command.ts";

export const DRY_RUN = {
  "dry-run": { type: "boolean", description: "Show what would be done, and do nothing" },
} as const satisfies Record<string, FlagSpec>;

export const INSTALL_FLAGS = {
  force: { type: "boolean", description: "Replace files that did not come from incr, or were changed since" },
  ...DRY_RUN,
} as const satisfies Record<string, FlagSpec>;
