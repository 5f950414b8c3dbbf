/** What the use-cases need to keep the user's consent. */
import type { Trust } from "../domain/trust.ts";

export interface TrustStore {
  /** Errors: `corrupt`, `newer_state`, `io`. */
  read(): Trust;
  /** Replaces the content by what `change` makes of it, alone. Errors: those of `read`, and `busy`. */
  update(change: (trust: Trust) => Trust): Promise<void>;
}
