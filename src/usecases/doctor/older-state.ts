/** What the program knew under its older name. */
import { IncrError } from "../../domain/error.ts";
import { planImport } from "../state/plan.ts";
import { problem, type Check } from "./finding.ts";

/** State that the program kept under its older name. */
export const checkOlderState: Check = {
  area: "state of the older name",
  needs: { state: true },
  async examine({ app, house }) {
    const path = house.olderStateFile();
    if (path === null) return [];
    const meaning = "Sessions, jobs and workspaces in it do not show.";
    const hint = `incr state import ${path}`;
    try {
      const theirs = house.readStateFile(path);
      const plan = await app.store.read(async (tx) => await planImport(tx, theirs, house));
      if (plan.changes.length === 0) return [];
      const message = `${path} holds ${plan.changes.length} records that are not known here`;
      return [problem(path, { code: "older_state", severity: "note", message, meaning, hint })];
    } catch (error) {
      if (!(error instanceof IncrError)) throw error;
      const message = `${path} is the state of an older name of this program, and cannot be read: ${error.message}`;
      return [problem(path, { code: "older_state", severity: "note", message, meaning, hint: null })];
    }
  },
};
