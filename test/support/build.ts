/** Runs once before all tests: makes sure that the test build of the command line is that of the present sources. */
import type { TestProject } from "vitest/node";
import { build } from "../../scripts/build.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** The environment that the tests were started in, which npm needs for its cache and its way to the registry. */
    environment: Record<string, string | undefined>;
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  provide("environment", { ...process.env });
  await build(["test"]);
}
