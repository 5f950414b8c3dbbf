/** The journal's own settings, `.work-shell/config.yaml`. The file is the user's: it is read, never written. */

export interface JournalConfig {
  /** `git.auto_commit`: whether the journal's files are committed when a session ends. */
  autoCommit: boolean;
  /** `session.idle_minutes`: a session that is left alone for longer has ended. */
  idleMinutes: number;
}

export const DEFAULT_JOURNAL_CONFIG: JournalConfig = { autoCommit: false, idleMinutes: 30 };

/** Reads what the parsed file says; whatever is wrong with it is named, and the default stands. */
export function readJournalConfig(raw: unknown): { config: JournalConfig; problems: string[] } {
  const config = { ...DEFAULT_JOURNAL_CONFIG };
  if (raw === null || raw === undefined) return { config, problems: [] };
  if (!isMapping(raw)) return { config, problems: ["is not a mapping of settings"] };
  const problems: string[] = [];
  for (const [section, settings] of Object.entries(raw)) {
    if (section !== "git" && section !== "session") problems.push(`has an unknown section \`${section}\``);
    else if (settings !== null && !isMapping(settings)) problems.push(`has no settings under \`${section}\``);
    else
      for (const [key, value] of Object.entries(settings ?? {}))
        readSetting(config, `${section}.${key}`, value, problems);
  }
  return { config, problems };
}

function readSetting(config: JournalConfig, key: string, value: unknown, problems: string[]): void {
  if (key === "git.auto_commit") {
    if (typeof value === "boolean") config.autoCommit = value;
    else problems.push(`has \`${key}\`, which must be true or false`);
  } else if (key === "session.idle_minutes") {
    if (typeof value === "number" && value >= 1 && Number.isFinite(value)) config.idleMinutes = value;
    else problems.push(`has \`${key}\`, which must be a number of minutes, 1 or more`);
  } else problems.push(`has an unknown setting \`${key}\``);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
