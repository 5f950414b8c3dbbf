/** Files of ours that lie in a repository, where people write them too. */
import { IncrError } from "../../domain/error.ts";
import { listWorkflows } from "../workflow/progress.ts";
import { problem, type Check, type World } from "./finding.ts";

/** The configuration files: of the user, and of this repository. */
export const checkConfiguration: Check = {
  area: "configuration",
  needs: {},
  async examine({ app, house }) {
    const wrong =
      app.repository === null ? await house.examineUserConfig() : await readAll(app.repository.configuration);
    if (wrong === null) return [];
    const meaning =
      "Commands that need the configuration refuse to run, since its other half could mean something else.";
    const about = "configuration";
    return [
      problem(about, { code: "configuration", severity: "error", message: wrong, meaning, hint: "mend the file" }),
    ];
  },
};

async function readAll(read: () => Promise<unknown>): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (error instanceof IncrError) return error.message;
    throw error;
  }
}

/** The files of the journal and of the workflows, which lie in the repository. */
export const checkJournal: Check = {
  area: "journal and workflows",
  needs: { repository: true },
  async examine({ app }) {
    const { problem: wrong, hint } = await readJournal(app);
    const meaning = "They lie in the repository; git may have an earlier version.";
    const { damaged } = listWorkflows(app);
    return [
      ...(wrong === null
        ? []
        : [problem("journal", { code: "journal_damaged", severity: "error", message: wrong, meaning, hint })]),
      ...damaged.map(({ workflow, problem: message }) =>
        problem(workflow, {
          code: "workflow_damaged",
          severity: "error",
          message,
          meaning: `Where ${workflow} stands is not known.`,
          hint: `mend the file, or begin anew: incr workflow reset ${workflow}`,
        }),
      ),
    ];
  },
};

async function readJournal({ journal }: World["app"]): Promise<{ problem: string | null; hint: string | null }> {
  try {
    if (journal.exists()) journal.read();
    return { problem: null, hint: null };
  } catch (error) {
    if (error instanceof IncrError) return { problem: error.message, hint: error.hint ?? null };
    throw error;
  }
}
