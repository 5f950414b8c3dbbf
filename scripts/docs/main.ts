/** The generator behind `npm run docs`, bundled with the sources by scripts/docs.mjs. */
import { REGISTRY } from "../../src/cli/registry.ts";
import { commandsPage, workstreamCommandsPage } from "./commands.ts";
import { errorsPage } from "./errors.ts";
import { listFields, publishedSchema, type JsonSchema } from "./json-schema.ts";
import { table } from "./markdown.ts";
import { RECORDS } from "./records.ts";

/** Every generated file, by its path in the checkout. */
export async function generateFiles(): Promise<Record<string, string>> {
  const records = RECORDS.map(({ name, summary, schema }) => ({ name, summary, json: publishedSchema(name, schema) }));
  const answers = await answerSchemas();
  return {
    "docs/reference/commands.md": await commandsPage(REGISTRY),
    ...(await skillPages()),
    "docs/reference/errors.md": errorsPage(),
    "docs/reference/records.md": recordsPage(records),
    ...Object.fromEntries(records.map(({ name, json }) => [`schemas/${name}.json`, print(json)])),
    ...Object.fromEntries([...answers].map(([name, json]) => [`schemas/answers/${name}.json`, print(json)])),
  };
}

/** Each skill is installed by itself, and so each has the whole of it. */
async function skillPages(): Promise<Record<string, string>> {
  const page = await workstreamCommandsPage(REGISTRY);
  return Object.fromEntries(
    ["planning", "implementing"].map((skill) => [`plugin/skills/${skill}-workstreams/reference/commands.md`, page]),
  );
}

/** The schema of each answer under `--json`, by the name that the commands declare. */
async function answerSchemas(): Promise<Map<string, JsonSchema>> {
  const found = new Map<string, JsonSchema>();
  for (const entry of REGISTRY) {
    for (const { spec, load } of (await entry.load()).commands) {
      if (spec.json === undefined || spec.json === null) continue;
      const { answer } = await load();
      const line = `incr ${spec.path.join(" ")}`;
      if (answer === undefined) throw new Error(`${line} declares the answer ${spec.json} and has no schema for it`);
      const json = publishedSchema(spec.json, answer);
      const other = found.get(spec.json);
      if (other !== undefined && print(other) !== print(json))
        throw new Error(`${line} means another answer by ${spec.json} than commands before it`);
      found.set(spec.json, json);
    }
  }
  return found;
}

function recordsPage(records: readonly { name: string; summary: string; json: JsonSchema }[]): string {
  const parts = [
    "# Records",
    "Made from the schemas by `npm run docs`. Keys are snake_case, times ISO 8601 in UTC with milliseconds; fields that a version does not know are kept. " +
      "Each record has a JSON Schema under `schemas/`, each answer of a command under `schemas/answers/`.",
  ];
  for (const { name, summary, json } of records) {
    parts.push(`## ${name}`, summary, `[schemas/${name}.json](../../schemas/${name}.json)`);
    if (name === "state") continue;
    const rows = listFields(json).map(({ path, type, presence, description }) => [
      `\`${path}\``,
      type,
      presence,
      description,
    ]);
    parts.push(table(["Field", "Type", "Present", ""], rows));
  }
  return `${parts.join("\n\n")}\n`;
}

function print(json: JsonSchema): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}
