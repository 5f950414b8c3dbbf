/** `incr job templates`: what the agents of jobs are told, and where that comes from. */
import {
  defaultTemplate,
  TEMPLATE_NAMES,
  TEMPLATES,
  variablesOf,
  type TemplateName,
} from "../../domain/job/templates.ts";
import { requireRepository, type App } from "../app.ts";

export interface ShownTemplate {
  name: TemplateName;
  /** When it is used. */
  about: string;
  /** Where its words come from; null: from incr. */
  file: string | null;
  text: string;
  /** What stands for what in it, by name. */
  variables: Record<string, string>;
}

/** All of them, or the one that is named, in the order of a job. @param own our own words, whatever files say @throws IncrError `config`, `io` */
export async function showTemplates(
  app: App,
  { name, own }: { name?: TemplateName | undefined; own: boolean },
): Promise<ShownTemplate[]> {
  const { templates } = requireRepository(app);
  const used = own ? null : await templates();
  return TEMPLATE_NAMES.filter((one) => name === undefined || one === name).map((one) => {
    const { text, file } = used?.[one] ?? defaultTemplate(one);
    return { name: one, about: TEMPLATES[one].about, file, text, variables: variablesOf(one) };
  });
}
