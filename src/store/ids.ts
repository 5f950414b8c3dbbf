/** Makes ids; the hashing stays out of the domain, which has no use for node. */
import { base32Id } from "../domain/id.ts";

/** The id for `text`: eight characters of lower-case base32 of its SHA-256. `todo-123` gives `eo7eckct`. */
export function idFor(text: string): string {
  return base32Id(process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest());
}
