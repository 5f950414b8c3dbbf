import { runScript } from "./lib/session.mjs";

await runScript("save");
